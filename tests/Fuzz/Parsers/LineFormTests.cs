using System.Net.ServerSentEvents;
using System.Text;
using Serverless.Fuzz.Runs;
using Serverless.Gateway.Admin;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Hosting.Logs;

namespace Serverless.Fuzz.Parsers;

/// <summary>Formats in which a character of a value could end a line or a field.</summary>
public sealed class LineFormTests
{
    [Fact]
    public Task A_payload_is_one_event_with_every_byte_but_line_ends() => FuzzRun.RunAsync("events", static (input, _) =>
    {
        var events = SseParser.Create(new MemoryStream(ServerSentEvent.Format(input)), static (_, data) => data.ToArray()).Enumerate().ToList();
        var expected = input.Select(static b => b is (byte)'\r' or (byte)'\n' ? (byte)' ' : b).ToArray();
        Assert.Equal(expected, Assert.Single(events).Data);
    });

    [Fact]
    public Task A_csv_line_has_the_fields_that_were_written() => FuzzRun.RunAsync("texts", static (input, random) =>
    {
        var text = Encoding.UTF8.GetString(input);
        string[] fields = [text, "next", text[random.Next(text.Length + 1)..]];
        var csv = new StringBuilder();
        foreach (var field in fields)
        {
            csv.AppendField(field).Append(',');
        }

        csv.Length--;
        Assert.Equal(fields, ReadLine(csv.Append("\r\n").ToString()));
    });

    [Fact]
    public Task A_console_line_has_no_control_character_and_no_token() => FuzzRun.RunAsync("texts", static (input, _) =>
    {
        var text = Encoding.UTF8.GetString(input);
        var line = ConsoleText.Line(text);
        Assert.DoesNotContain(line, static c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\u202e');
        Assert.DoesNotContain(ConsoleText.Lines(text), static c => c != '\n' && (char.IsControl(c) || c is '\u2028' or '\u2029' or '\u202e'));
        Assert.DoesNotContain("eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl", line, StringComparison.Ordinal);
    });

    // Reads the text as a single line, by RFC 4180 §2.
    private static List<string> ReadLine(string csv)
    {
        var fields = new List<string>();
        for (var at = 0; at < csv.Length; at++)
        {
            var field = new StringBuilder();
            if (csv[at] == '"')
            {
                for (at++; csv[at] != '"' || csv[at + 1] == '"'; at++)
                {
                    field.Append(csv[at]);
                    at += csv[at] == '"' ? 1 : 0;
                }

                at++;
            }
            else
            {
                for (; csv[at] is not (',' or '\r'); at++)
                {
                    field.Append(csv[at]);
                }
            }

            fields.Add(field.ToString());
            if (csv[at] == '\r')
            {
                Assert.Equal("\r\n", csv[at..]);
                break;
            }

            Assert.Equal(',', csv[at]);
        }

        return fields;
    }
}
