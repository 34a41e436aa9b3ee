using System.Text;
using Serverless.Gateway.Dispatch.Answers;
using Serverless.Gateway.Limits;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Dispatch;

public sealed class StreamItemsTests
{
    [Theory]
    [InlineData("1\n2\n", "s1 s2")]
    [InlineData("\n\n1\r\n\r\n 2 ", "s1 s2")]
    [InlineData("[1,\"\\n\"]", "s[1,\"\\n\"]")]
    [InlineData("\n", "")]
    [InlineData("", "")]
    [InlineData("{\"type\":2,\"invocationId\":\"s\",\"item\":1}␞{\"type\":3,\"invocationId\":\"s\"}␞", "s1 end")]
    [InlineData("{\n\"type\":2,\n\"invocationId\":\"s\",\"item\":1}␞{\"type\":2,\"invocationId\":\"s\",\"item\":2}␞", "{\n\"type\":2,\n\"invocationId\":\"s\",\"item\":1} s2")]
    [InlineData("{\"type\":3,\"invocationId\":\"s\",\"result\":7}␞and more", "{\"type\":3,\"invocationId\":\"s\",\"result\":7}")]
    [InlineData("{\"type\":2,\"invocationId\":\"s\",\"item\":1,\"error\":null}␞\r\n{\"type\":3,\"invocationId\":\"s\",\"result\":null,\"error\":\"no\"}␞\n", "s1 {\"type\":3,\"invocationId\":\"s\",\"error\":\"no\"}")]
    [InlineData("{\"type\":2,\"invocationId\":\"s\",\"item\":1}␞\n", "s1")]
    [InlineData("<html>\n</html>", "bad")]
    [InlineData("1\n2 3\n", "s1 bad")]
    [InlineData("{\"type\":1,\"target\":\"s\",\"arguments\":[]}␞", "bad")]
    [InlineData("{\"type\":2,\"invocationId\":\"s\",\"item\":1}␞x", "s1 bad")]
    [InlineData("1\n\u0001", "s1 bad")]
    public void Json_is_taken_apart_however_it_is_cut(string body, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(body.Replace('␞', '\x1e'));
        foreach (var step in (int[])[1, 2, 3, 7, 1000])
        {
            Assert.Equal(expected, Taken(HubProtocol.Json, bytes, step));
        }
    }

    [Theory]
    [InlineData("06940280a17301" + "06940380a17302", "940280a17301 940380a17302")]
    [InlineData("310a2261220a", "940280a17301 940280a173a161")] // 1, "a"
    [InlineData("7b7d", "940280a17380")] // {}
    [InlineData("22c3a922", "940280a173a2c3a9")] // "é"
    [InlineData("06940280a17301069402", "940280a17301 bad")]
    [InlineData("06940280a17201", "bad")]
    [InlineData("22ff22", "bad")]
    [InlineData("31", "940280a17301")]
    public void Messagepack_clients_may_be_answered_in_frames_or_in_lines(string hex, string expected)
    {
        foreach (var step in (int[])[1, 2, 3, 7, 1000])
        {
            Assert.Equal(expected, Taken(HubProtocol.MessagePack, Convert.FromHexString(hex), step));
        }
    }

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused()
    {
        Assert.Equal("bad", Taken(HubProtocol.Json, [0x22, 0xFF, 0x22, 0x0A], 1));
        Assert.Equal("bad", Taken(HubProtocol.Json, [.. "{\"type\":2,\"invocationId\":\"s\",\"item\":\""u8, 0xFF, .. "\"}\u001e"u8], 5));
    }

    [Fact]
    public void Many_items_of_any_size_come_through_one_buffer()
    {
        var body = new StringBuilder();
        var expected = new List<string>();
        for (var i = 0; i < 300; i++)
        {
            var item = $"\"{new string((char)('a' + (i % 26)), i * 97)}\"";
            body.Append(item).Append('\n');
            expected.Add("s" + item);
        }

        Assert.Equal(string.Join(' ', expected), Taken(HubProtocol.Json, Encoding.UTF8.GetBytes(body.ToString()), 5000));
    }

    private static string Taken(HubProtocol protocol, byte[] body, int step)
    {
        using var items = new StreamItems(protocol, "s", QueuedBytes.WithMaxBytes(long.MaxValue));
        var taken = new List<string>();
        try
        {
            for (var at = 0; at <= body.Length; at += step)
            {
                var part = body.AsSpan(at, Math.Min(step, body.Length - at));
                while (!part.IsEmpty)
                {
                    var room = items.GetRoom().Span;
                    var count = Math.Min(room.Length, part.Length);
                    part[..count].CopyTo(room);
                    items.Add(count);
                    part = part[count..];
                    Take(isEnd: false);
                }
            }

            Take(isEnd: true);
        }
        catch (StreamFormatException)
        {
            taken.Add("bad");
        }

        return string.Join(' ', taken);

        void Take(bool isEnd)
        {
            while (items.Next(isEnd) is { } frame)
            {
                var text = Encoding.UTF8.GetString(frame.Payload.Span).TrimEnd('\x1e');
                taken.Add(protocol.IsBinary ? Convert.ToHexStringLower(frame.Payload.Span[1..])
                    : text.StartsWith("""{"type":2,"invocationId":"s","item":""", StringComparison.Ordinal) ? "s" + text["""{"type":2,"invocationId":"s","item":""".Length..^1]
                    : text == """{"type":3,"invocationId":"s"}""" ? "end"
                    : text);
            }
        }
    }
}
