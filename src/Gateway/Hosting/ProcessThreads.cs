namespace Serverless.Gateway.Hosting;

/// <summary>
/// Settles the number of pool threads at start. A thread that must be made while the process is short of descriptors or memory may
/// abort the process; one that is there already costs a stack that nothing has written to.
/// </summary>
internal static class ProcessThreads
{
    private const int Least = 32;
    private const int PerProcessor = 8;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Makes all the threads that the pool will ever have. They stay: the project file sets their time-out to never.</summary>
    public static void Settle()
    {
        var count = Math.Max(Least, PerProcessor * Environment.ProcessorCount);
        ThreadPool.GetMinThreads(out var usual, out var usualForPorts);
        ThreadPool.SetMaxThreads(count, count);

        // Up to the minimum the pool makes a thread for each item at once.
        ThreadPool.SetMinThreads(count, usualForPorts);
        var started = new CountdownEvent(count);
        var release = new ManualResetEventSlim();
        for (var i = 0; i < count; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    started.Signal();
                    release.Wait();
                },
                null);
        }

        started.Wait(StartTimeout);
        release.Set();
        ThreadPool.SetMinThreads(usual, usualForPorts);
    }
}
