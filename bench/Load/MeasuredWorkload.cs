using System.Diagnostics;

namespace Serverless.Load;

/// <summary>The part that all measured workloads share: a window in which items and their latency count.</summary>
internal abstract class MeasuredWorkload(ClientLoop loop) : IWorkload
{
    private bool _isMeasuring;

    private protected ClientLoop Loop => loop;

    internal Histogram Latency { get; } = new();

    /// <summary>Items in the window.</summary>
    internal long Items { get; private set; }

    /// <summary>Nothing is on its way.</summary>
    internal abstract bool IsQuiet { get; }

    /// <summary>What went wrong since the start. Right only once all is quiet, or will not become so any more.</summary>
    internal abstract Faults Faults { get; }

    private protected bool IsStopped { get; private set; }

    public abstract TimeSpan Pace(long now);

    public virtual void Ready(int client)
    {
    }

    public abstract void Receive(int client, HubMessageKind kind, ReadOnlySpan<byte> message, long now);

    public virtual void Ended(int client)
    {
    }

    internal void StartWindow()
    {
        Items = 0;
        Latency.Clear();
        _isMeasuring = true;
    }

    internal void EndWindow() => _isMeasuring = false;

    /// <summary>No more is sent; what is on its way still counts for the faults.</summary>
    internal void Stop() => IsStopped = true;

    private protected void Count(long started, long now)
    {
        if (_isMeasuring)
        {
            Items++;
            Latency.Add((now - started) / (Stopwatch.Frequency / 1_000_000));
        }
    }
}
