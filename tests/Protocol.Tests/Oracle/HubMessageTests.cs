using AspNetCore = Microsoft.AspNetCore.SignalR.Protocol;

namespace Serverless.Protocol.Tests.Oracle;

/// <summary>The project's own MessagePack hub protocol against that of ASP.NET Core, in both directions.</summary>
public class HubMessageTests
{
    private static readonly byte[] Map = [0x82, 0xA1, 0x61, 0x91, 0xC0, 0x07, 0xD6, 0xFF, 0, 0, 0, 1];
    private static readonly string Long = new('x', 300);

    private static readonly HubProtocol Own = HubProtocol.MessagePack;

    private static readonly Dictionary<string, AspNetCore.HubMessage> Messages = new()
    {
        ["invocation"] = new AspNetCore.InvocationMessage("1", "add", [Value(1), Value(0xC0)]),
        ["invocation without id"] = new AspNetCore.InvocationMessage("add", [Value(Map)]),
        ["invocation without arguments"] = new AspNetCore.InvocationMessage("1", "add", []),
        ["invocation with streams"] = new AspNetCore.InvocationMessage("1", "upload", [Value(1)], ["2", "ü"]),
        ["invocation with headers"] = new AspNetCore.InvocationMessage("1", "add", [])
        {
            Headers = new Dictionary<string, string> { ["traceparent"] = "00-1", ["ü"] = Long },
        },
        ["invocation with many arguments"] = new AspNetCore.InvocationMessage(
            Long[..256], Long, [.. Enumerable.Range(0, 300).Select(i => Value((byte)(i & 0x7F)))]),
        ["stream invocation"] = new AspNetCore.StreamInvocationMessage("1", "count", [Value(Map)]),
        ["stream invocation with streams"] = new AspNetCore.StreamInvocationMessage("1", "count", [], ["2"])
        {
            Headers = new Dictionary<string, string> { ["a"] = "b" },
        },
        ["stream item"] = new AspNetCore.StreamItemMessage("1", Value(Map)),
        ["stream item of nil"] = new AspNetCore.StreamItemMessage("1", Value(0xC0)),
        ["completion"] = AspNetCore.CompletionMessage.Empty("1"),
        ["completion with result"] = AspNetCore.CompletionMessage.WithResult("1", Value(Map)),
        ["completion with error"] = AspNetCore.CompletionMessage.WithError("1", "ü"),
        ["cancellation"] = new AspNetCore.CancelInvocationMessage("1"),
        ["ping"] = AspNetCore.PingMessage.Instance,
        ["close"] = AspNetCore.CloseMessage.Empty,
        ["close with error"] = new AspNetCore.CloseMessage("no", allowReconnect: true),
        ["close with reconnect"] = new AspNetCore.CloseMessage(null, allowReconnect: true),
        ["ack"] = new AspNetCore.AckMessage(long.MaxValue),
        ["sequence"] = new AspNetCore.SequenceMessage(1),
    };

    public static TheoryData<string> MessageNames => [.. Messages.Keys];

    [Theory]
    [MemberData(nameof(MessageNames))]
    public void Messages_of_asp_net_core_are_read_and_written_again_the_same(string name)
    {
        var bytes = OracleMessages.Write(Messages[name]);
        var theirs = OracleMessages.Read(bytes);
        Assert.Equal(bytes.Length, theirs!.Value.Bytes);
        Assert.Equal(theirs, OwnMessages.Read(bytes));

        var rewritten = OwnMessages.Rewrite(bytes);
        Assert.Equal(Messages[name] is AspNetCore.CancelInvocationMessage, rewritten is null);
        if (rewritten is { } again)
        {
            Assert.Equal(Reading.Accepted(again.Text, again.Bytes.Length), OracleMessages.Read(again.Bytes));
        }
    }

    [Fact]
    public void What_is_written_has_the_bytes_of_asp_net_core()
    {
        AssertWritten(new AspNetCore.InvocationMessage("1", "add", [Value(1)]), output => Own.WriteInvocation(output, "1", "add", [0x91, 1]));
        AssertWritten(new AspNetCore.InvocationMessage(Long, [Value(Map)]), output => Own.WriteInvocation(output, null, Long, [0x91, .. Map]));
        AssertWritten(new AspNetCore.StreamItemMessage("1", Value(Map)), output => Own.WriteStreamItem(output, "1", Map));
        AssertWritten(AspNetCore.CompletionMessage.Empty("1"), output => Own.WriteCompletion(output, "1"));
        AssertWritten(AspNetCore.CompletionMessage.WithResult("1", Value(Map)), output => Own.WriteResult(output, "1", Map));
        AssertWritten(AspNetCore.CompletionMessage.WithError("1", Long), output => Own.WriteError(output, "1", Long));
        AssertWritten(AspNetCore.PingMessage.Instance, Own.WritePing);
        AssertWritten(AspNetCore.CloseMessage.Empty, output => Own.WriteClose(output, null, allowReconnect: false));
        AssertWritten(new AspNetCore.CloseMessage("ü", allowReconnect: true), output => Own.WriteClose(output, "ü", allowReconnect: true));
        AssertWritten(new AspNetCore.AckMessage(200), output => Own.WriteAck(output, 200));
        AssertWritten(new AspNetCore.SequenceMessage(70_000), output => Own.WriteSequence(output, 70_000));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(16_000)]
    [InlineData(16_384)]
    [InlineData(3_000_000)]
    public void Frames_of_every_length_are_cut_and_written_the_same(int textBytes)
    {
        byte[] header = [0xDB, (byte)(textBytes >> 24), (byte)(textBytes >> 16), (byte)(textBytes >> 8), (byte)textBytes];
        byte[] text = [.. header, .. Enumerable.Repeat((byte)'x', textBytes)];
        AssertWritten(AspNetCore.CompletionMessage.WithResult("1", Value(text)), output => Own.WriteResult(output, "1", text));

        var bytes = OracleMessages.Write(AspNetCore.CompletionMessage.WithResult("1", Value(text)));
        Assert.Equal(OracleMessages.Read(bytes), OwnMessages.Read(bytes));
        Assert.Null(OwnMessages.Read(bytes.AsMemory(0, bytes.Length - 1)));
        Assert.Null(OracleMessages.Read(bytes.AsMemory(0, bytes.Length - 1)));
    }

    // Fields that count as absent here (docs/decisions/0076-empty-fields-of-a-message.md), or that are passed on without a look.
    [Theory]
    [InlineData("95 01 C0 C0 A1 78 90", "headers")]
    [InlineData("95 01 82 A1 61 A1 62 A1 61 A1 63 C0 A1 78 90", "same key")]
    [InlineData("95 01 81 A0 A1 62 C0 A1 78 90", "key in header")]
    [InlineData("95 01 81 A1 61 A0 C0 A1 78 90", "value in header")]
    [InlineData("95 01 80 C0 A0 90", "target")]
    [InlineData("96 01 80 C0 A1 78 90 C0", "streamIds")]
    [InlineData("96 01 80 C0 A1 78 90 91 A0", "streamIds")]
    [InlineData("96 01 80 C0 A1 78 90 91 01", "Unexpected msgpack code 1")]
    [InlineData("93 07 C0 C0", "allowReconnect")]
    [InlineData("9E 01 80 A1 31 A3 61 64 64 92 01 A3 74 77 6F 90", "Attempted to read past the end")] // 14 elements announced
    public void Accepted_here_and_refused_by_asp_net_core(string hex, string reason)
    {
        var bytes = OwnMessages.Framed(MessageText.FromHex(hex));
        Assert.True(OwnMessages.Read(bytes)!.Value.IsAccepted);
        Assert.Contains(reason, OracleMessages.Read(bytes)!.Value.Refusal, StringComparison.Ordinal);
    }

    // The count of elements is not read by ASP.NET Core, except for fields that old peers do not send.
    [Theory]
    [InlineData("90 06", "array is empty")]
    [InlineData("93 01 80 C0 A1 78 90", "at least 5")]
    [InlineData("91 08 01", "at least 2")]
    [InlineData("94 03 80 A1 31 03 01", "at least 5")]
    public void Refused_here_and_accepted_by_asp_net_core(string hex, string reason)
    {
        var bytes = OwnMessages.Framed(MessageText.FromHex(hex));
        Assert.True(OracleMessages.Read(bytes)!.Value.IsAccepted);
        Assert.Contains(reason, OwnMessages.Read(bytes)!.Value.Refusal, StringComparison.Ordinal);
    }

    private static RawValue Value(params byte[] bytes) => RawValue.Of(bytes);

    private static void AssertWritten(AspNetCore.HubMessage message, Action<System.Buffers.IBufferWriter<byte>> write) =>
        Assert.Equal(Convert.ToHexString(OracleMessages.Write(message)), Convert.ToHexString(MessageText.Written(write)));
}
