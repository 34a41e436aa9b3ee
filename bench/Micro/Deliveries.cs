using System.Diagnostics;

namespace Serverless.Micro;

/// <summary>Counts the bytes that all outputs of a benchmark have accepted, and waits for them without allocating.</summary>
internal sealed class Deliveries
{
    private const int SpinsPerLook = 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private long _bytes;
    private long _expected;

    public void Add(int bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>Waits until the given number of bytes have been accepted since the last wait.</summary>
    public void WaitForMore(long bytes)
    {
        _expected += bytes;
        var started = Stopwatch.GetTimestamp();
        var wait = default(SpinWait);
        for (var spins = 1; Volatile.Read(ref _bytes) < _expected; spins++)
        {
            wait.SpinOnce(sleep1Threshold: -1);
            Ensure.That(
                spins % SpinsPerLook != 0 || Stopwatch.GetElapsedTime(started) < Limit, "what was sent is not written in time");
        }

        Ensure.That(Volatile.Read(ref _bytes) == _expected, "more is written than was sent");
    }
}
