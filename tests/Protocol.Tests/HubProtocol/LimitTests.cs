using System.Text;

namespace Serverless.Protocol.Tests;

/// <summary>The maximum lengths of ids and headers in a message, in both protocols.</summary>
public class LimitTests
{
    public static TheoryData<string> Protocols => ["json", "messagepack"];

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Ids_and_headers_of_the_limits_are_read(string name)
    {
        var protocol = MessageText.Protocol(name);
        Assert.Equal(256, protocol.Read(Message(protocol, new string('1', 256), 0, 0, 0)).InvocationId!.Length);
        Assert.False(protocol.Read(Message(protocol, "1", 100, 256, 100)).Headers.IsEmpty);
        Assert.False(protocol.Read(Message(protocol, "1", 1, 1, 8190)).Headers.IsEmpty);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Longer_ones_and_more_of_them_are_protocol_errors(string name)
    {
        var protocol = MessageText.Protocol(name);
        Assert.Contains("limit is 256", Error(Message(protocol, new string('1', 257), 0, 0, 0)), StringComparison.Ordinal);
        Assert.Contains("more than 100 headers", Error(Message(protocol, "1", 101, 4, 4)), StringComparison.Ordinal);
        Assert.Contains("limit is 256", Error(Message(protocol, "1", 1, 257, 4)), StringComparison.Ordinal);
        Assert.Contains("limit is 8192", Error(Message(protocol, "1", 1, 4, 8193)), StringComparison.Ordinal);

        string Error(byte[] message) => Assert.Throws<HubProtocolException>(() => { protocol.Read(message); }).Message;
    }

    private static byte[] Message(HubProtocol protocol, string id, int headers, int nameBytes, int valueBytes)
    {
        var pairs = Enumerable.Range(0, headers).Select(i => (Name: i.ToString("D4")[^Math.Min(4, nameBytes)..].PadRight(nameBytes, 'n'), Value: new string('v', valueBytes))).ToList();
        if (!protocol.IsBinary)
        {
            var json = string.Join(',', pairs.Select(pair => $"\"{pair.Name}\":\"{pair.Value}\""));
            return Encoding.UTF8.GetBytes($$"""{"type":1,"invocationId":"{{id}}","headers":{{{json}}},"target":"t","arguments":[]}""");
        }

        // [1, {headers}, id, "t", []]; every string has its 16-bit form.
        return
        [
            0x95, 0x01, 0xDE, 0, (byte)headers, .. pairs.SelectMany(pair => (byte[])[.. Text(pair.Name), .. Text(pair.Value)]), .. Text(id), 0xA1, (byte)'t', 0x90,
        ];

        static byte[] Text(string text) => [0xDA, (byte)(text.Length >> 8), (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
    }
}
