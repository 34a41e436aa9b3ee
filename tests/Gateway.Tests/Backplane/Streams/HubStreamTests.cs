using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Streams;
using Serverless.Gateway.Backplane.Signing;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Backplane.Streams;

/// <summary>Tests one writer and one reader of a hub's stream in a real Redis with some false answers.</summary>
public sealed class HubStreamTests : IAsyncLifetime, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _heard = new();
    private readonly ConcurrentQueue<long> _losses = new();
    private readonly ConcurrentQueue<string?> _refusals = new();
    private readonly ConcurrentQueue<SignatureCheck> _refused = new();
    private readonly BackplaneInbox _inbox = new();
    private readonly UnwrittenBytes _waiting = new(1_000_000);
    private readonly StreamOptions _options = new();
    private HubName _hub;
    private FaultyRedis _redis = null!;
    private HubStreamWriter _writer = null!;
    private HubStreamReader _reader = null!;
    private Task _running = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        Assert.True(HubName.TryParse("chat", null, out _hub));
        _redis = await FaultyRedis.StartAsync();
        _writer = NewWriter();
        _reader = new HubStreamReader(
            _hub,
            NodeId.Create(),
            _redis,
            TestSigner.Create(),
            _inbox,
            _options,
            TimeProvider.System,
            _losses.Enqueue,
            _refused.Enqueue);
        _running = _inbox.RunAsync(
            message =>
            {
                _heard.Enqueue(Encoding.ASCII.GetString(message.Payload.Span));
                return default;
            },
            _stop.Token);
        _reader.Begin();
        await _reader.Started.WaitAsync(Waits.Limited());
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _redis.DisposeAsync();
    }

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task One_that_is_refused_between_others_comes_in_its_place()
    {
        _redis.Refused.UnionWith([2, 3]);
        var ends = await WriteAsync(5);
        Assert.Equal([WriteEnd.Written, WriteEnd.Waits, WriteEnd.Waits, WriteEnd.Written, WriteEnd.Written], ends);
        await HearsAsync("0", "1", "2", "3", "4");
        Assert.Empty(_losses);
        Assert.Equal(0, _waiting.Count);
        Assert.Null(_refusals.Last());
    }

    [Fact]
    public async Task Those_that_are_refused_at_the_end_are_nowhere_and_leave_no_gap()
    {
        var time = new FakeTime();
        _writer = NewWriter(time);
        _redis.Refused.UnionWith([3, 4, 5]);
        Assert.Equal([WriteEnd.Written, WriteEnd.Written, WriteEnd.Refused, WriteEnd.Refused, WriteEnd.Refused], await WriteAsync(5));
        Assert.StartsWith("OOM", _refusals.Last(), StringComparison.Ordinal);

        // Not sent to Redis, which has refused a moment ago.
        Assert.Equal(WriteEnd.Refused, await _writer.WriteAsync(Target.All(), "x"u8.ToArray()));
        time.Advance(StreamTiming.TryAgain * 2);
        Assert.Equal(WriteEnd.Written, await _writer.WriteAsync(Target.All(), "again"u8.ToArray()));
        await HearsAsync("0", "1", "again");
        Assert.Empty(_losses);
        Assert.Equal(0, _waiting.Count);
    }

    [Fact]
    public async Task What_was_written_without_an_answer_is_written_again_and_heard_once()
    {
        _redis.Unanswered.UnionWith([2, 3]);
        Assert.Equal([WriteEnd.Written, WriteEnd.Waits, WriteEnd.Waits], await WriteAsync(3));
        Assert.True(_waiting.Count > 0);
        await _redis.ConnectAsync();
        _writer.Flush();
        Assert.Equal(WriteEnd.Written, await _writer.WriteAsync(Target.All(), "after"u8.ToArray()));
        _reader.Wake();
        await HearsAsync("0", "1", "2", "after");
        Assert.Equal(":7", await _redis.AskAsync("XLEN sg:{chat}:s"));
        Assert.Equal(0, _waiting.Count);
        Assert.Empty(_losses);
    }

    [Fact]
    public async Task What_redis_lost_of_the_last_seconds_is_made_good_by_its_writer()
    {
        await WriteAsync(3);
        await _redis.AskAsync("DEL sg:{chat}:s");
        await _redis.ConnectAsync();
        _writer.Flush();
        _reader.Wake();
        await HearsAsync("0", "1", "2");
        Assert.Empty(_losses);
    }

    [Fact]
    public async Task Who_begins_to_read_later_hears_nothing_of_before_though_it_is_written_again()
    {
        await WriteAsync(3);
        _reader.Wake();
        await HearsAsync("0", "1", "2");
        _reader.End();
        await WriteAsync(2);
        _reader.Begin();
        await _reader.Started.WaitAsync(Waits.Limited());
        await _redis.ConnectAsync();
        _writer.Flush();
        await _writer.WriteAsync(Target.All(), "after"u8.ToArray());
        _reader.Wake();
        await HearsAsync("0", "1", "2", "after");
        Assert.Empty(_losses);
    }

    [Fact]
    public async Task Several_writers_are_told_apart()
    {
        var other = NewWriter();
        await WriteAsync(2);
        await other.WriteAsync(Target.All(), "other"u8.ToArray());
        await _writer.WriteAsync(Target.All(), "after"u8.ToArray());
        _reader.Wake();
        await HearsAsync("0", "1", "other", "after");
    }

    [Fact]
    public async Task Something_is_done_behind_what_is_in_the_stream_though_nobody_was_woken_for_that()
    {
        await WriteAsync(100);
        var done = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(_reader.TryDoBehind(() => _inbox.MarkAsync().ContinueWith(_ => done.SetResult(_heard.Count), TaskScheduler.Default)));
        Assert.Equal(100, await done.Task.WaitAsync(Waits.Limited()));
        _reader.End();
        Assert.False(_reader.TryDoBehind(static () => { }));
    }

    [Fact]
    public async Task What_no_node_has_signed_for_the_stream_is_passed_over()
    {
        var stream = _redis.Names.Stream(_hub);
        var forged = new BackplaneMessage(BackplaneKind.Tell, NodeId.Create().Value, 1, _hub, Target.All(), "forged"u8.ToArray());
        await WriteAsync(1);
        await AddAsync(forged.Encode());
        await AddAsync(TestSigner.Create(keys: "a-key-of-another-deployment-0123456789").Sign(forged, stream));
        await AddAsync(TestSigner.Create().Sign(forged, _redis.Names.Of(_hub, TargetKind.All, "")));
        await AddAsync([0xc1]);
        await _writer.WriteAsync(Target.All(), "after"u8.ToArray());
        await HearsAsync("0", "after");
        Assert.Equal([SignatureCheck.Unsigned, SignatureCheck.Forged, SignatureCheck.Forged, SignatureCheck.Forged], _refused);
        Assert.Empty(_losses);

        async Task AddAsync(byte[] message) => await _redis.Connection!.AskAsync(
            RespConnection.Part("XADD"), RespConnection.Part(stream), RespConnection.Part("*"), RespConnection.Part("m"), message);
    }

    private HubStreamWriter NewWriter(TimeProvider? time = null) => new(
        _hub,
        NodeId.Create(),
        _redis,
        TestSigner.Create(),
        _waiting,
        _options,
        new HubListeners(TimeSpan.FromSeconds(15), time ?? TimeProvider.System),
        time ?? TimeProvider.System,
        _refusals.Enqueue);

    private async Task<WriteEnd[]> WriteAsync(int count)
    {
        var ends = Enumerable.Range(0, count)
            .Select(i => _writer.WriteAsync(Target.All(), Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture))).AsTask())
            .ToList();
        return await Task.WhenAll(ends);
    }

    private async Task HearsAsync(params string[] expected)
    {
        _reader.Wake();
        await Waits.UntilAsync(
            () =>
            {
                _reader.Wake();
                return _heard.Count >= expected.Length;
            },
            "the messages have come");
        Assert.Equal(expected, _heard);
    }
}
