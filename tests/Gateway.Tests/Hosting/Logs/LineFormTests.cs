using System.Text;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Admin;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Hosting.Logs;

namespace Serverless.Gateway.Tests.Hosting.Logs;

/// <summary>Each format in which a character could end a line or a field is written by a single function.</summary>
public class LineFormTests
{
    public static TheoryData<string> Characters => ["\r", "\n", "\r\n", "\0", "\u001b", "\u2028", "\u0085", "\"", ",", "\\"];

    [Theory]
    [MemberData(nameof(Characters))]
    public void An_event_has_one_line(string characters)
    {
        var written = Encoding.UTF8.GetString(ServerSentEvent.Format(Encoding.UTF8.GetBytes($"a{characters}b")));
        Assert.EndsWith("b\r\n\r\n", written, StringComparison.Ordinal);
        Assert.Equal(-1, written.AsSpan()[..^4].IndexOfAny('\r', '\n'));
    }

    [Theory]
    [MemberData(nameof(Characters))]
    public void A_console_line_has_no_control_character(string characters) =>
        Assert.DoesNotContain(ConsoleText.Line($"a{characters}b"), static c => char.IsControl(c) || c == '\u2028');

    [Theory]
    [MemberData(nameof(Characters))]
    public void A_csv_field_is_read_as_it_was_written(string characters)
    {
        var text = $"a{characters}b";
        var csv = new StringBuilder().AppendField(text).Append(',').AppendField("next").Append("\r\n").ToString();
        Assert.Equal([text, "next"], Read(csv));
    }

    [Theory]
    [MemberData(nameof(Characters))]
    public void A_response_repeats_only_what_kestrel_takes(string characters)
    {
        var isPrintable = characters is "\"" or "," or "\\";
        Assert.Equal(isPrintable, RepeatedHeaders.CanRepeat($"a{characters}b"));
    }

    // A name that is a metric's label, a field of the usage, and part of an upstream's header.
    [Theory]
    [MemberData(nameof(Characters))]
    public void A_hubs_name_has_no_character_that_a_label_must_escape(string characters)
    {
        Assert.Equal(characters == ",", HubName.TryParse($"a{characters}b", null, out _));
        Assert.Equal(characters == ",", HubName.TryParseJoined($"a{characters}b", out _));
        Assert.Equal(characters == ",", HubName.TryRead($"a{characters}b", out _));
    }

    // RFC 4180 §2
    private static List<string> Read(string csv)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < csv.Length; i++)
        {
            if (csv[i] == '"' && isQuoted && csv[i + 1] == '"')
            {
                field.Append(csv[i++]);
            }
            else if (csv[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (!isQuoted && (csv[i] == ',' || csv.AsSpan(i).StartsWith("\r\n")))
            {
                fields.Add(field.ToString());
                field.Clear();
                i += csv[i] == ',' ? 0 : 1;
            }
            else
            {
                Assert.False(!isQuoted && char.IsControl(csv[i]), "A control character is outside quotation marks.");
                field.Append(csv[i]);
            }
        }

        return fields;
    }
}
