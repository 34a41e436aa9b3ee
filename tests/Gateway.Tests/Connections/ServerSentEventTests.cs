using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;
using Serverless.Gateway.Connections.Framing;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Connections;

public class ServerSentEventTests
{
    /// <summary>Gets the inputs, one in each file: hub messages with line ends between tokens, escapes, and separators within strings.</summary>
    public static TheoryData<string> Inputs =>
        [.. Directory.GetFiles(Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Fuzz", "Corpus", "events")).Select(file => Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Inputs))]
    public async Task A_message_arrives_whole_and_equal_in_one_event(string file)
    {
        var payload = await File.ReadAllBytesAsync(Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Fuzz", "Corpus", "events", file));
        var frame = Frame.Copy(binary: false, payload);
        var events = new List<SseItem<string>>();
        await foreach (var item in SseParser.Create(new MemoryStream(frame.EventBytes.ToArray())).EnumerateAsync())
        {
            events.Add(item);
        }

        // The number of bytes that is metered.
        var data = Assert.Single(events).Data;
        Assert.Equal(payload.Length, Encoding.UTF8.GetByteCount(data));
        Assert.EndsWith("\u001e", data, StringComparison.Ordinal);
        var (sent, arrived) = (Encoding.UTF8.GetString(payload).Split('\u001e'), data.Split('\u001e'));
        Assert.Equal(sent.Length, arrived.Length);
        Assert.All(sent[..^1].Zip(arrived), pair => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(pair.First), JsonNode.Parse(pair.Second)), pair.Second));
    }

    [Fact]
    public void Every_byte_but_line_ends_is_as_it_was_and_the_event_has_one_line()
    {
        for (var value = 0; value <= byte.MaxValue; value++)
        {
            var payload = new byte[] { (byte)'a', (byte)value, (byte)'b', 0x1e };
            var written = ServerSentEvent.Format(payload);
            payload[1] = value is '\r' or '\n' ? (byte)' ' : payload[1];
            byte[] expected = [.. "data: "u8, .. payload, .. "\r\n\r\n"u8];
            Assert.Equal(expected, written);
        }
    }
}
