using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Connections;

/// <summary>Tests the bytes that outboxes count for the node: all frames of blocked outboxes, each once, and zero afterwards.</summary>
public sealed class HeldFramesTests : IDisposable
{
    private readonly QueuedBytes _queued = QueuedBytes.WithMaxBytes(long.MaxValue);
    private readonly DrainWorkers _workers;

    public HeldFramesTests() => _workers = new DrainWorkers(2, _queued);

    public void Dispose() => _workers.Dispose();

    [Fact]
    public void A_frame_that_is_written_at_once_counts_nothing()
    {
        var outbox = Outbox(new FakeOutput());
        outbox.Send(Frame(1000));
        outbox.Post(Frame(1000));
        Assert.Equal(0, _queued.Held);
    }

    [Fact]
    public async Task A_frame_that_waits_in_many_outboxes_counts_once_and_until_the_last_has_written_it()
    {
        var outputs = Enumerable.Range(0, 50).Select(_ => new FakeOutput()).ToArray();
        var outboxes = outputs.Select(output => Outbox(output)).ToArray();
        foreach (var (output, outbox) in outputs.Zip(outboxes))
        {
            output.Fill();
            outbox.Send(Frame(1));
        }

        var first = _queued.Held;
        var shared = Frame(1000);
        foreach (var outbox in outboxes)
        {
            outbox.Send(shared);
        }

        Assert.Equal(first + shared.Cost, _queued.Held);
        foreach (var output in outputs)
        {
            Assert.True(_queued.Held >= shared.Cost);
            output.Release();
        }

        await Waits.UntilAsync(() => _queued.Held == 0, "nothing is held");
    }

    [Fact]
    public void Frames_without_a_byte_of_payload_reach_the_bound_too()
    {
        var output = new FakeOutput();
        output.Fill();
        var outbox = new Outbox(_workers, output, maxBytes: 64 * 1024, _ => { });
        var sent = 0;
        while (outbox.Send(Serverless.Gateway.Connections.Framing.Frame.Control(WebSocketOpcode.Pong, default)) == OutboxResult.Queued)
        {
            Assert.True(++sent <= 64 * 1024 / 64, "A flood of pongs is not bounded by what it takes.");
        }

        Assert.True(_queued.Held <= 64 * 1024);
    }

    [Fact]
    public void What_waits_is_released_at_once_when_the_connection_ends()
    {
        var output = new FakeOutput();
        output.Fill();
        var outbox = Outbox(output);
        outbox.Send(Frame(1));
        outbox.Send(Frame(5000));
        Assert.True(_queued.Held > 5000);
        outbox.Abandon();
        Assert.True(_queued.Held < 1000, "Only the write under way is left.");
        output.Break();
        Assert.True(SpinWait.SpinUntil(() => _queued.Held == 0, Waits.Limit));
    }

    [Fact]
    public void What_is_unacknowledged_counts_until_it_is_acknowledged_or_given_up()
    {
        var outbox = Outbox(new FakeOutput());
        outbox.KeepUnacked(HubProtocol.Json, maxUnackedBytes: 100_000);
        outbox.Send(Frame(1000));
        outbox.Send(Frame(2000));
        Assert.True(_queued.Held > 3000);
        outbox.Acknowledge(1);
        Assert.InRange(_queued.Held, 2000, 2999);
        outbox.Suspend();
        outbox.Send(Frame(500));
        Assert.InRange(_queued.Held, 2500, 3500);
        outbox.Resume(new FakeOutput());
        outbox.Acknowledge(3);
        Assert.Equal(0, _queued.Held);
        outbox.Send(Frame(2000));
        outbox.Abandon();
        Assert.Equal(0, _queued.Held);
    }

    [Fact]
    public void An_event_that_was_made_of_a_frame_counts_with_it()
    {
        var frame = Frame(1000);
        frame.Hold(_queued);
        Assert.Equal(frame.Cost, _queued.Held);
        var made = frame.EventBytes.Length;
        frame.Hold(_queued);
        Assert.Equal(frame.Cost + made, _queued.Held);
        frame.Release(_queued);
        frame.Release(_queued);
        Assert.Equal(0, _queued.Held);
    }

    private static Frame Frame(int bytes) => TestClients.Frame(new string('x', bytes));

    private Outbox Outbox(FakeOutput output) => new(_workers, output, 1_000_000, _ => { });
}
