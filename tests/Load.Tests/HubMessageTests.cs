using System.Text;

namespace Serverless.Load.Tests;

/// <summary>The parts that the load generator reads from hub messages, and the messages that it reports as wrong.</summary>
public sealed class HubMessageTests
{
    private const int PayloadBytes = 64;

    [Theory]
    [InlineData("""{"type":1,"target":"news","arguments":[]}""", HubMessageKind.Invocation)]
    [InlineData("""{"target":"news","arguments":[{"type":6}],"type":1}""", HubMessageKind.Invocation)]
    [InlineData("""{"type":3,"invocationId":"1"}""", HubMessageKind.Completion)]
    [InlineData("""{"type":6}""", HubMessageKind.Ping)]
    [InlineData("""{"type":7,"error":"x"}""", HubMessageKind.Close)]
    [InlineData("""{"type":77}""", HubMessageKind.Other)]
    [InlineData("""{"type": 6}""", HubMessageKind.Ping)]
    public void Kinds_are_told_apart(string message, object kind) =>
        Assert.Equal(kind, HubMessage.KindOf(Encoding.UTF8.GetBytes(message)));

    [Fact]
    public void The_head_of_a_payload_survives_the_trip()
    {
        var message = Message(lane: 1, sequence: 4_000_000_000, timestamp: long.MaxValue);

        Assert.True(Payload.TryRead(message, PayloadBytes, out var lane, out var sequence, out var timestamp));
        Assert.Equal((1, 4_000_000_000, long.MaxValue), (lane, sequence, timestamp));
    }

    [Theory]
    [InlineData(PayloadBytes - 1)]
    [InlineData(PayloadBytes + 1)]
    public void A_payload_of_another_size_is_not_taken(int expected) =>
        Assert.False(Payload.TryRead(Message(0, 1, 2), expected, out _, out _, out _));

    [Fact]
    public void Only_the_right_invocations_result_is_a_result()
    {
        var invocation = HubMessage.Invocation(PayloadBytes, out var idAt, out _);
        Payload.WriteDigits(invocation.AsSpan(idAt, 8), 7);
        var id = Encoding.ASCII.GetString(invocation, idAt, 8);
        var result = Encoding.UTF8.GetBytes($$"""{"type":3,"invocationId":"{{id}}","result":"x"}""");
        var error = Encoding.UTF8.GetBytes($$"""{"type":3,"invocationId":"{{id}}","error":"x"}""");

        Assert.True(HubMessage.IsResultOf(result, 7));
        Assert.False(HubMessage.IsResultOf(result, 8));
        Assert.False(HubMessage.IsResultOf(error, 7));
    }

    private static byte[] Message(int lane, uint sequence, long timestamp)
    {
        var payload = new byte[PayloadBytes];
        Payload.Fill(payload);
        Payload.Write(payload, lane, sequence, timestamp);
        return [.. "{\"type\":1,\"target\":\"news\",\"arguments\":[\""u8, .. payload, .. "\"]}"u8];
    }
}
