using System.Diagnostics;

namespace Serverless.Load;

/// <summary>The common part of measured workloads: a window in which items and their latency count.</summary>
internal abstract class MeasuredWorkload(ClientLoop loop) : IWorkload
{
    private bool _isMeasuring;

    private protected ClientLoop Loop => loop;

    internal Histogram Latency { get; } = new();

    /// <summary>The number of items in the window.</summary>
    internal long Items { get; private set; }

    /// <summary>True when no message is in flight.</summary>
    internal abstract bool IsQuiet { get; }

    /// <summary>The faults since the start. Correct only once <see cref="IsQuiet"/>, or when the workload will not become quiet any more.</summary>
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

    /// <summary>Stops sending. Messages in flight still count for the faults.</summary>
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
