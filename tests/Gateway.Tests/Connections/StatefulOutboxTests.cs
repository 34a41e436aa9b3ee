using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Connections;

/// <summary>Tests the frames that an outbox keeps for a client that may return over another transport.</summary>
public sealed class StatefulOutboxTests : IDisposable
{
    private readonly DrainWorkers _workers = new(2);
    private readonly FakeOutput _first = new();
    private readonly FakeOutput _second = new();
    private readonly Outbox _outbox;
    private int _broken;

    public StatefulOutboxTests()
    {
        _outbox = new Outbox(_workers, _first, 1000, _ => Interlocked.Increment(ref _broken));
        _outbox.KeepUnacked(HubProtocol.Json, maxUnackedBytes: 200);
    }

    public void Dispose()
    {
        Assert.False(_first.WasMisused || _second.WasMisused);
        _workers.Dispose();
    }

    [Fact]
    public void Only_calls_items_and_completions_are_numbered()
    {
        Assert.Equal(1, Item(1).Messages);
        Assert.Equal(1, Frames.Completion(HubProtocol.MessagePack, "1").Messages);
        Assert.Equal(0, Frames.Ping(HubProtocol.Json).Messages);
        Assert.Equal(0, Frames.Close(HubProtocol.MessagePack, null, true).Messages);
        Assert.Equal(0, Frames.HandshakeAccepted(HubProtocol.MessagePack).Messages);
        Assert.Equal(0, Frame.Control(WebSocketOpcode.Pong, "x"u8).Messages);
        Assert.Equal(0, Frame.End.Messages);
    }

    [Fact]
    public void The_next_transport_begins_with_the_number_of_the_first_unacknowledged_message()
    {
        _outbox.Send(Item(1));
        _outbox.Send(Item(2));
        _outbox.Send(Frames.Ping(HubProtocol.Json));
        _outbox.Acknowledge(1);
        _outbox.Suspend();
        _outbox.Send(Item(3));
        _outbox.Resume(_second);
        Assert.Equal(Sequence(2) + Text(2) + Text(3), _second.Text);
        _outbox.Send(Item(4));
        Assert.EndsWith(Text(4), _second.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void With_everything_acknowledged_the_number_is_the_next_ones()
    {
        _outbox.Send(Item(1));
        _outbox.Acknowledge(99); // more than was sent is ignored
        _outbox.Suspend();
        _outbox.Resume(_second);
        _outbox.Send(Item(2));
        Assert.Equal(Sequence(2) + Text(2), _second.Text);
    }

    [Fact]
    public async Task A_replay_that_is_cut_as_well_goes_on_with_the_right_numbers()
    {
        for (var i = 1; i <= 4; i++)
        {
            _outbox.Send(Item(i));
        }

        _outbox.Suspend();
        _second.Fill();
        _outbox.Resume(_second);
        _outbox.Acknowledge(3); // repeated, though the client had received them
        _outbox.Suspend();
        _second.Break();
        var third = new FakeOutput();
        _outbox.Resume(third);
        await Waits.UntilAsync(() => third.Text == Sequence(4) + Text(4), "the rest is sent: " + third.Text);
    }

    [Fact]
    public async Task A_socket_that_breaks_under_a_write_loses_nothing()
    {
        _first.Fill();
        _outbox.Send(Item(1));
        _outbox.Send(Item(2));
        _first.Break();
        await Waits.UntilAsync(() => _broken == 1, "the connection hears of it");
        Assert.Equal(OutboxResult.Queued, _outbox.Send(Item(3)));
        _outbox.Suspend();
        _outbox.Resume(_second);
        Assert.Equal(Sequence(1) + Text(1) + Text(2) + Text(3), _second.Text);
    }

    [Fact]
    public void Sending_waits_for_acks_and_what_waits_is_bounded()
    {
        var sent = 0;
        while (!_outbox.IsBlocked)
        {
            _outbox.Send(Item(++sent));
        }

        Assert.InRange(_first.Text.Length, 200, 300);
        _outbox.Send(Frames.Ping(HubProtocol.Json));
        Assert.DoesNotContain("6}", _first.Text, StringComparison.Ordinal); // in its turn
        _outbox.Acknowledge(1);
        Assert.EndsWith("""{"type":6}""" + "\x1e", _first.Text, StringComparison.Ordinal);
        var last = OutboxResult.Queued;
        for (var i = 0; i < 100 && last == OutboxResult.Queued; i++)
        {
            last = _outbox.Send(Item(i));
        }

        Assert.Equal(OutboxResult.Overflow, last);
    }

    private static Frame Item(int value) =>
        Frame.Create(binary: false, value, static (output, v) => HubProtocol.Json.WriteInvocation(output, null, "t", System.Text.Encoding.UTF8.GetBytes($"[{v}]")));

    private static string Text(int value) => $$"""{"type":1,"target":"t","arguments":[{{value}}]}""" + "\x1e";

    private static string Sequence(int id) => $$"""{"type":9,"sequenceId":{{id}}}""" + "\x1e";
}
