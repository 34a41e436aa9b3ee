namespace Serverless.Gateway.Metering;

/// <summary>How busy the process keeps the machine's processors, in percent of all of them. Asked now and then, from any thread.</summary>
/// <param name="time">The clock.</param>
/// <param name="processorTime">Processor time that the process has had.</param>
/// <param name="processors">Processors that it may use.</param>
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

    /// <summary>Since the last look, a second at least.</summary>
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
