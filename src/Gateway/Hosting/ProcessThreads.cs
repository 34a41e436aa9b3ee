namespace Serverless.Gateway.Hosting;

/// <summary>
/// Creates all pool threads at start. Creating a thread while the process is short of descriptors or memory may abort the process; a
/// thread that exists already costs only a stack that has not been written to.
/// </summary>
internal static class ProcessThreads
{
    private const int Least = 32;
    private const int PerProcessor = 8;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Creates all threads that the pool will have. They stay: the project file sets their time-out to never.</summary>
    public static void Settle()
    {
        var count = Math.Max(Least, PerProcessor * Environment.ProcessorCount);
        ThreadPool.GetMinThreads(out var usual, out var usualForPorts);
        ThreadPool.SetMaxThreads(count, count);

        // Up to the minimum, the pool creates a thread for each item immediately.
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
