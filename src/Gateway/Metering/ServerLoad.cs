namespace Serverless.Gateway.Metering;

/// <summary>
/// Measures the share of the machine's processor time that the process uses, in percent. Called occasionally, from any thread.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="processorTime">Returns the processor time that the process has used.</param>
/// <param name="processors">The number of processors that the process may use.</param>
internal sealed class ServerLoad(TimeProvider time, Func<TimeSpan> processorTime, int processors)
{
    private static readonly TimeSpan Grain = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();

    // Under _gate.
    private long _at = time.GetTimestamp();
    private TimeSpan _used = processorTime();
    private double _percent;

    public ServerLoad(TimeProvider time)
        : this(time, static () => Environment.CpuUsage.TotalTime, Environment.ProcessorCount)
    {
    }

    /// <summary>Gets the percentage since the last call, or over at least a second.</summary>
    public double Percent
    {
        get
        {
            lock (_gate)
            {
                var (now, used) = (time.GetTimestamp(), processorTime());
                var elapsed = time.GetElapsedTime(_at, now);
                if (elapsed >= Grain)
                {
                    _percent = Math.Min(100, 100 * (used - _used) / elapsed / processors);
                    (_at, _used) = (now, used);
                }

                return _percent;
            }
        }
    }
}
