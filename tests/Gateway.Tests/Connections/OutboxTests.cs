using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Connections;

public sealed class OutboxTests : IDisposable
{
    private const int MaxBytes = 1000;

    private readonly DrainWorkers _workers = new(2);
    private readonly FakeOutput _output = new();
    private readonly List<Exception?> _ends = [];
    private readonly Outbox _outbox;

    public OutboxTests() => _outbox = new Outbox(_workers, _output, MaxBytes, end =>
    {
        lock (_ends)
        {
            _ends.Add(end);
        }
    });

    public void Dispose()
    {
        Assert.False(_output.WasMisused);
        _workers.Dispose();
    }

    [Fact]
    public void An_idle_outbox_writes_at_once_on_the_senders_thread()
    {
        Assert.Equal(OutboxResult.Queued, _outbox.Send(Frame("a")));
        Assert.Equal(OutboxResult.Queued, _outbox.Send(Frame("b")));
        Assert.Equal("ab", _output.Text);
        Assert.Equal(2, _output.Writes);
        Assert.False(_outbox.IsBlocked);
    }

    [Fact]
    public async Task What_gathers_while_the_socket_is_full_leaves_in_order_and_in_few_writes()
    {
        _output.Fill();
        var outbox = new Outbox(_workers, _output, 10_000, _ => { });
        outbox.Send(Frame("first "));
        Assert.True(outbox.IsBlocked);
        var expected = "first ";
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(OutboxResult.Queued, i % 2 == 0 ? outbox.Send(Frame($"{i} ")) : outbox.Post(Frame($"{i} ")));
            expected += $"{i} ";
        }

        Assert.Equal("first ", _output.Text);
        _output.Release();
        await Waits.UntilAsync(() => _output.Text == expected, "everything is written");
        await Waits.UntilAsync(() => !outbox.IsBlocked, "the outbox is free");
        Assert.Equal(2, _output.Writes);
        outbox.Send(Frame("last"));
        await Waits.UntilAsync(() => _output.Text == expected + "last", "it goes on");
    }

    [Fact]
    public async Task Frames_of_all_sizes_keep_their_order()
    {
        _output.Fill();
        var outbox = new Outbox(_workers, _output, 10_000_000, _ => { });
        outbox.Send(Frame("start"));
        var random = new Random(20261121);
        var expected = "start";
        for (var i = 0; i < 200; i++)
        {
            var text = new string((char)('a' + (i % 26)), random.Next(4) switch { 0 => 1, 1 => 700, 2 => DrainBatch.MaxBytes, _ => 40_000 });
            outbox.Send(Frame(text));
            expected += text;
        }

        _output.Release();
        await Waits.UntilAsync(() => _output.Text.Length == expected.Length, "everything is written");
        Assert.Equal(expected, _output.Text);
    }

    [Fact]
    public void A_full_socket_takes_up_to_the_bound_and_not_a_byte_more()
    {
        _output.Fill();
        var one = Frame(new string('y', 98)); // and its 2 bytes of header
        Assert.Equal(100, one.Length);
        var outbox = new Outbox(_workers, _output, 10 * one.Cost, _ => { });
        outbox.Send(Frame("x"));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(OutboxResult.Queued, outbox.Send(one));
        }

        Assert.Equal(OutboxResult.Overflow, outbox.Send(Frame("")));
        Assert.Equal(OutboxResult.Closed, outbox.Send(Frame("")));
        Assert.Equal(OutboxResult.Closed, outbox.Post(Frame("")));
    }

    [Fact]
    public void A_lone_frame_may_be_over_the_bound()
    {
        _output.Fill();
        _outbox.Send(Frame("x"));
        Assert.Equal(OutboxResult.Queued, _outbox.Send(Frame(new string('y', 5000))));
        Assert.Equal(OutboxResult.Overflow, _outbox.Send(Frame("z")));
    }

    [Fact]
    public async Task A_socket_that_nobody_has_visited_yet_is_not_full()
    {
        // Posted without a wake-up: the node is slow, not the client.
        var expected = "";
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(OutboxResult.Queued, _outbox.Post(Frame(new string((char)('a' + (i % 26)), 100))));
            expected += new string((char)('a' + (i % 26)), 100);
        }

        _workers.Wake();
        await Waits.UntilAsync(() => _output.Text == expected, "everything is written");
    }

    [Fact]
    public void A_socket_that_breaks_at_once_ends_the_outbox_once()
    {
        _output.Break();
        _outbox.Send(Frame("a"));
        Assert.IsType<IOException>(Assert.Single(_ends));
        Assert.Equal(OutboxResult.Closed, _outbox.Send(Frame("b")));
        Assert.Equal(1, _output.Writes);
    }

    [Fact]
    public async Task A_socket_that_breaks_while_it_is_full_ends_the_outbox_once()
    {
        _output.Fill();
        _outbox.Send(Frame("a"));
        _outbox.Send(Frame("b"));
        _output.Break();
        await Waits.UntilAsync(() => Ends() == 1, "the end is told");
        Assert.Equal(OutboxResult.Closed, _outbox.Send(Frame("c")));
        Assert.Equal("a", _output.Text);
    }

    [Fact]
    public async Task Closing_writes_what_waits_then_the_last_frame_then_the_end_and_nothing_more()
    {
        _output.Fill();
        _outbox.Send(Frame("a"));
        _outbox.Send(Frame("b"));
        Assert.True(_outbox.Close(Frame("close"), discardQueued: false));
        Assert.False(_outbox.Close(Frame("again"), discardQueued: false));
        Assert.Equal(OutboxResult.Closed, _outbox.Send(Frame("c")));
        Assert.Equal(0, Ends());
        _output.Release();
        await Waits.UntilAsync(() => Ends() == 1, "the end is told");
        Assert.Equal("abclose|", _output.Text);
        Assert.Null(_ends[0]);
    }

    [Fact]
    public void Closing_an_idle_outbox_writes_the_end_at_once()
    {
        Assert.True(_outbox.Close(null, discardQueued: false));
        Assert.Equal("|", _output.Text);
        Assert.Null(Assert.Single(_ends));
    }

    [Fact]
    public async Task Closing_a_slow_consumer_drops_what_waits()
    {
        _output.Fill();
        _outbox.Send(Frame("a"));
        _outbox.Send(Frame("dropped"));
        Assert.True(_outbox.Close(Frame("slow"), discardQueued: true));
        _output.Release();
        await Waits.UntilAsync(() => _output.Text == "aslow|", "the end is written");
    }

    [Fact]
    public async Task After_an_overflow_the_outbox_can_still_be_closed_in_order()
    {
        // Another thread may have begun to close it for another reason, which discards no frames.
        _output.Fill();
        _outbox.Send(Frame("a"));
        _outbox.Send(Frame("b"));
        Assert.Equal(OutboxResult.Overflow, _outbox.Send(Frame(new string('x', MaxBytes))));
        Assert.True(_outbox.Close(Frame("close"), discardQueued: false));
        _output.Release();
        await Waits.UntilAsync(() => _output.Text == "abclose|", "the end is written");
    }

    [Fact]
    public async Task What_is_abandoned_is_never_written()
    {
        _output.Fill();
        _outbox.Send(Frame("a"));
        _outbox.Send(Frame("b"));
        _outbox.Abandon();
        Assert.Equal(OutboxResult.Closed, _outbox.Send(Frame("c")));
        Assert.False(_outbox.Close(Frame("d"), discardQueued: false));
        _output.Release();
        await Waits.UntilAsync(() => !_outbox.IsBlocked, "the write has ended");
        var passed = _workers.MarkAsync();
        _workers.Wake();
        await passed.WaitAsync(Waits.Limit);
        Assert.Equal("a", _output.Text);
        Assert.Empty(_ends);
    }

    [Fact]
    public async Task Many_senders_at_once_lose_repeat_and_reorder_nothing()
    {
        const int Senders = 4;
        const int Each = 5000;
        var outbox = new Outbox(_workers, _output, int.MaxValue, _ => { });
        using var stop = new CancellationTokenSource();
        var socket = Task.Run(() =>
        {
            // A socket that is full from time to time.
            while (!stop.IsCancellationRequested)
            {
                _output.Fill();
                Thread.Yield();
                _output.Release();
                Thread.SpinWait(500);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                var frame = Frame($"{sender}.{i} ");
                Assert.Equal(OutboxResult.Queued, i % 3 == 0 ? outbox.Post(frame) : outbox.Send(frame));
                if (i % 50 == 0)
                {
                    _workers.Wake();
                }
            }
        })));
        await stop.CancelAsync();
        await socket;
        _output.Release();
        _workers.Wake();
        await Waits.UntilAsync(() => _output.Text.Count(c => c == ' ') == Senders * Each, "everything is written");

        var next = new int[Senders];
        foreach (var entry in _output.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = entry.Split('.');
            Assert.Equal(next[int.Parse(parts[0])]++, int.Parse(parts[1]));
        }

        Assert.All(next, count => Assert.Equal(Each, count));
    }

    [Fact]
    public async Task A_socket_that_never_fills_does_not_keep_a_worker_from_the_others()
    {
        // Each write queues the next, so that a visit without a limit would never end.
        using var one = new DrainWorkers(1);
        var greedy = new FakeOutput();
        Outbox? endless = null;
        endless = new Outbox(one, greedy, int.MaxValue, _ => { });
        greedy.WhileWriting = () => endless.Send(Frame("x"));
        var other = new FakeOutput();
        endless.Post(Frame("x"));
        new Outbox(one, other, MaxBytes, _ => { }).Post(Frame("other"));
        one.Wake();
        await Waits.UntilAsync(() => other.Text == "other", "the other is visited");
        greedy.WhileWriting = null;
    }

    private static Frame Frame(string text) => TestClients.Frame(text);

    private int Ends()
    {
        lock (_ends)
        {
            return _ends.Count;
        }
    }
}
