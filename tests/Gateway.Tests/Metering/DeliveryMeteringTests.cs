using System.Text;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Tests.Connections;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Metering;

/// <summary>Tests the metering of messages to clients: those that the transports have taken, each once per receiver.</summary>
public sealed class DeliveryMeteringTests : IDisposable
{
    private readonly TestClients _clients = new();

    private Traffic Sent => Meter.ToClients.Total;

    private HubMeter Meter => _clients.Meters.Of(TestClients.Hub("chat"));

    public void Dispose() => _clients.Dispose();

    [Theory]
    [InlineData(1024, 3)]
    [InlineData(2048, 3)]
    [InlineData(2049, 6)]
    [InlineData(4096, 6)]
    public void A_broadcast_counts_once_per_receiver(int bytes, int units)
    {
        var set = Set(3);
        set.Send(Message(bytes), []);
        Assert.Equal(new Traffic(3, units, 3 * bytes), Sent);
    }

    [Fact]
    public void Excluded_clients_and_those_whose_protocol_the_message_lacks_are_not_counted()
    {
        var set = Set(3, (i, client) => client.Protocol = i == 0 ? HubProtocol.MessagePack : HubProtocol.Json);
        set.Send(OutboundMessage.Encoded([(HubProtocol.Json, Frame.Copy(binary: false, new byte[100]))]), ["c2"]);
        Assert.Equal(new Traffic(1, 1, 100), Sent);
    }

    [Fact]
    public async Task Concurrent_broadcasts_to_many_are_counted_exactly()
    {
        const int Members = 100;
        const int Publishers = 4;
        const int Rounds = 200;
        var set = Set(Members);
        Parallel.For(0, Publishers, new ParallelOptions { MaxDegreeOfParallelism = Publishers }, _ =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                set.Send(Message(i % 2 == 0 ? 2048 : 2049), []);
                _clients.Workers.Wake();
            }
        });
        const int Messages = Members * Publishers * Rounds;
        await Waits.UntilAsync(() => Sent.Messages >= Messages, "every message is written");
        await _clients.DrainedAsync();
        Assert.Equal((Messages, Messages * 3 / 2), (Sent.Messages, Sent.Units));
    }

    [Fact]
    public void Housekeeping_is_traffic_and_no_message()
    {
        var client = _clients.Create();
        client.Connection.Send(Frames.Ping(HubProtocol.Json));
        client.Connection.Close(CloseReason.ClosedByApi, "bye");
        Assert.Equal((0, 0), (Sent.Messages, Sent.Units));
        Assert.Equal(Encoding.UTF8.GetByteCount(client.Output.Text), Sent.Bytes);
        Assert.Equal((0, Sent.Bytes), (client.Connection.MessagesSent, client.Connection.BytesSent));
    }

    [Fact]
    public async Task What_a_slow_client_never_got_is_not_counted()
    {
        var client = _clients.Create();
        client.Output.Fill();
        client.Connection.Send(Frame.Copy(binary: false, new byte[300]));
        client.Connection.Send(Frame.Copy(binary: false, new byte[900]));
        client.Connection.Send(Frame.Copy(binary: false, new byte[900])); // over the maximum: closed, and the queue is dropped
        Assert.Equal(CloseReason.SlowClient, client.Connection.CloseReason);
        Assert.Equal(0, Sent.Messages);
        client.Output.Release();
        await _clients.DrainedAsync();
        Assert.Equal(1, Sent.Messages);
        Assert.Equal(1, client.Connection.MessagesSent);
    }

    [Fact]
    public void A_write_that_fails_is_not_counted()
    {
        var client = _clients.Create();
        client.Connection.Send(Frame.Copy(binary: false, new byte[10]));
        client.Output.Break();
        client.Connection.Send(Frame.Copy(binary: false, new byte[10]));
        Assert.Equal(new Traffic(1, 1, 10), Sent);
    }

    [Fact]
    public async Task What_stateful_reconnect_repeats_is_counted_once()
    {
        var client = _clients.Create();
        client.Connection.BecomeStateful(100_000, static () => { });
        client.Connection.Send(Invocation(1));
        client.Output.Break();
        client.Connection.Send(Invocation(2));
        Assert.True(client.Connection.TrySuspend());
        client.Connection.Send(Invocation(3));
        var next = new FakeOutput();
        Assert.True(client.Connection.TryResume(next, static () => { }));
        await _clients.DrainedAsync();
        Assert.Equal(4, next.Text.Count(character => character == '\x1e')); // the sequence message and all three
        Assert.Equal((3, 3), (Sent.Messages, Sent.Units));
    }

    [Fact]
    public void Units_of_both_protocols_are_those_of_their_own_encoding()
    {
        var json = _clients.Create();
        var binary = _clients.Create(protocol: HubProtocol.MessagePack);
        var arguments = Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("100000", 350))}]"); // 7 bytes each, or 5
        var message = OutboundMessage.Invocation("m", arguments);
        json.Connection.Send(message.FrameFor(HubProtocol.Json)!);
        Assert.Equal(2, Sent.Units);
        binary.Connection.Send(message.FrameFor(HubProtocol.MessagePack)!);
        Assert.Equal(2 + 1, Sent.Units);
    }

    private static Frame Invocation(int value) => OutboundMessage.Invocation("m", Encoding.UTF8.GetBytes($"[{value}]")).FrameFor(HubProtocol.Json)!;

    // A JSON invocation of exactly this many bytes, including framing.
    private static OutboundMessage Message(int bytes)
    {
        var empty = Encoding.UTF8.GetByteCount("""{"type":1,"target":"m","arguments":[""]}""" + "\x1e");
        var message = OutboundMessage.Invocation("m", Encoding.UTF8.GetBytes($"[\"{new string('x', bytes - empty)}\"]"));
        Assert.Equal(bytes, message.FrameFor(HubProtocol.Json)!.Payload.Length);
        return message;
    }

    private MemberSet Set(int members, Action<int, ClientConnection>? prepare = null)
    {
        var set = new MemberSet(diesWhenEmpty: false);
        for (var i = 0; i < members; i++)
        {
            var connection = _clients.Create().Connection;
            prepare?.Invoke(i, connection);
            Assert.True(set.TryAdd(connection));
        }

        return set;
    }
}
