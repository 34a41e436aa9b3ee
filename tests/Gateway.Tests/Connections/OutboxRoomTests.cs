using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Connections;

public sealed class OutboxRoomTests : IDisposable
{
    private const int MaxBytes = 4 * (100 + 150 + (2 * Serverless.Gateway.Connections.Framing.Frame.OverheadBytes));

    private readonly DrainWorkers _workers = new(2);
    private readonly FakeOutput _output = new();
    private readonly Outbox _outbox;

    public OutboxRoomTests() => _outbox = new Outbox(_workers, _output, MaxBytes, static _ => { });

    public void Dispose()
    {
        Assert.False(_output.WasMisused);
        _workers.Dispose();
    }

    [Fact]
    public void While_the_socket_takes_bytes_there_is_room()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.True(_outbox.TrySend(Frame(98), out var room));
            Assert.Null(room);
        }

        Assert.Equal(9800, _output.Text.Length);
    }

    [Fact]
    public async Task What_can_wait_gets_a_quarter_of_the_bound_and_the_rest_stays_for_others()
    {
        _output.Fill();
        _outbox.Send(Frame(1)); // being written, and no longer queued
        Assert.True(_outbox.TrySend(Frame(98), out _));
        Assert.True(_outbox.TrySend(Frame(146), out _)); // a quarter
        Assert.False(_outbox.TrySend(Frame(1), out var room));
        Assert.Equal(OutboxResult.Queued, _outbox.Send(Frame(698)));
        Assert.False(room.IsCompleted);
        _output.Release();
        await room.WaitAsync(Waits.Limit);
        await Waits.UntilAsync(() => _output.Text.Length == 1 + 98 + 146 + 698, "everything is written");
        Assert.True(_outbox.TrySend(Frame(98), out _));
    }

    [Fact]
    public async Task More_than_all_the_room_waits_for_an_empty_line_and_then_goes()
    {
        _output.Fill();
        _outbox.Send(Frame(1));
        Assert.True(_outbox.TrySend(Frame(8), out _));
        Assert.False(_outbox.TrySend(Frame(5000), out var room));
        _output.Release();
        await room.WaitAsync(Waits.Limit);
        await Waits.UntilAsync(() => _output.Text.Length == 9, "the line is empty");
        Assert.True(_outbox.TrySend(Frame(5000), out _));
        Assert.Equal(5009, _output.Text.Length);
    }

    [Theory]
    [InlineData("closed")]
    [InlineData("abandoned")]
    [InlineData("broken")]
    [InlineData("overflowing")]
    public async Task Nobody_waits_for_an_outbox_that_takes_nothing_more(string how)
    {
        _output.Fill();
        _outbox.Send(Frame(1));
        _outbox.Send(Frame(MaxBytes * 6 / 10));
        Assert.False(_outbox.TrySend(Frame(1), out var room));
        switch (how)
        {
            case "closed":
                _outbox.Close(null, discardQueued: false);
                break;
            case "abandoned":
                _outbox.Abandon();
                break;
            case "broken":
                _output.Break();
                break;
            default:
                Assert.Equal(OutboxResult.Overflow, _outbox.Send(Frame(MaxBytes * 6 / 10)));
                break;
        }

        await room.WaitAsync(Waits.Limit);
        Assert.True(_outbox.TrySend(Frame(1), out _)); // and is dropped
        _output.Release();
    }

    private static Frame Frame(int length) => TestClients.Frame(new string('x', length));
}
