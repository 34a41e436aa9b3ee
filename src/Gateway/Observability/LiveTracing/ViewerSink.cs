using System.Threading.Channels;

namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>
/// Queues the events for one viewer. A viewer that cannot keep up gets all events of some messages, and the number of events that were left
/// out; the code that reports an event never waits for it.
/// </summary>
internal sealed class ViewerSink(LiveTraceFilter filter) : ILiveTraceSink
{
    private const int TicksPerSecond = 10;
    private const int SparsestSample = 1 << 16;
    private const long MaxBytes = 4 * 1024 * 1024;

    private readonly Channel<LiveTraceEvent> _waiting = Channel.CreateBounded<LiveTraceEvent>(
        new BoundedChannelOptions(Math.Max(TicksPerSecond, filter.PerSecond)) { SingleReader = true });

    private readonly int _perTick = Math.Max(1, filter.PerSecond / TicksPerSecond);
    private long _omitted;
    private long _bytes;
    private volatile int _sampledOneIn = 1;

    /// <summary>Gets the interval at which to call <see cref="TryTake"/>.</summary>
    public static TimeSpan Tick { get; } = TimeSpan.FromSeconds(1.0 / TicksPerSecond);

    public LiveTraceFilter Filter { get; } = filter;

    public bool IsViewer => true;

    public IReadOnlyCollection<string>? Connections { get; } = filter.Connection is { } id ? [id] : null;

    public bool Accepts(in LiveTraceSubject subject)
    {
        if (!Filter.Matches(in subject))
        {
            return false;
        }

        if (IsInSample(in subject))
        {
            return true;
        }

        Interlocked.Increment(ref _omitted);
        return false;
    }

    public void Take(LiveTraceEvent traced)
    {
        var shown = traced.Body is null ? traced
            : !Filter.Bodies ? traced with { Body = null }
            : traced with { Body = traced.Body.Cut(Filter.BodyBytes) };
        var bytes = BytesOf(shown);
        if (Interlocked.Add(ref _bytes, bytes) > MaxBytes || !_waiting.Writer.TryWrite(shown))
        {
            Interlocked.Add(ref _bytes, -bytes);
            Interlocked.Increment(ref _omitted);
        }
    }

    /// <summary>Counts events that were left out before they reached the sink.</summary>
    public void Omit(long count) => Interlocked.Add(ref _omitted, count);

    /// <summary>Returns the viewer's next batch; null when there is none. Called once a tick, by one caller.</summary>
    public LiveTraceBatch? TryTake()
    {
        var events = new List<LiveTraceEvent>();
        while (events.Count < _perTick && _waiting.Reader.TryRead(out var traced))
        {
            Interlocked.Add(ref _bytes, -BytesOf(traced));
            events.Add(traced);
        }

        var sampled = _sampledOneIn;
        if (_waiting.Reader.Count > _perTick)
        {
            _sampledOneIn = Math.Min(SparsestSample, sampled * 2);
        }
        else if (events.Count < _perTick / 4)
        {
            _sampledOneIn = Math.Max(1, sampled / 2);
        }

        var omitted = Interlocked.Exchange(ref _omitted, 0);
        return events.Count == 0 && omitted == 0 ? null : new LiveTraceBatch(events, omitted, sampled);
    }

    // Only bodies may be long.
    private static long BytesOf(LiveTraceEvent traced) => 2L * (traced.Body?.Text.Length ?? 0);

    // The sample has all events of a message, on all nodes, or none of them. A sparser sample is part of a denser one.
    private bool IsInSample(in LiveTraceSubject subject)
    {
        var oneIn = (uint)_sampledOneIn;
        return oneIn == 1 || (Hash(in subject) & (oneIn - 1)) == 0;
    }

    private static uint Hash(in LiveTraceSubject subject)
    {
        if (subject.TraceId != default)
        {
            // A function's requests have ids of their own, and are shown with the client's call.
            return Hash(subject.TraceId.ToHexString());
        }

        if (subject.TracingId != 0)
        {
            // Ids count up: the low bits of this product depend on all of theirs.
            return (uint)((ulong)subject.TracingId * 0x9E3779B97F4A7C15 >> 32);
        }

        return Hash(subject.ConnectionId ?? "");
    }

    private static uint Hash(string text)
    {
        var hash = 2166136261u; // FNV-1a, the same on each node
        foreach (var letter in text)
        {
            hash = (hash ^ letter) * 16777619;
        }

        return hash;
    }
}
