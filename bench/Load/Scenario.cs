namespace Serverless.Load;

/// <summary>Something that a server is made to do, and the figures that come of it.</summary>
internal abstract class Scenario(string name, bool connectionEvents = false)
{
    private protected static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RegistrationTime = TimeSpan.FromSeconds(0.3);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromMinutes(2);

    internal string Name => name;

    /// <summary>The upstream hears of clients that come and go.</summary>
    internal bool ConnectionEvents => connectionEvents;

    internal abstract IReadOnlyList<Figure> Figures { get; }

    internal abstract IReadOnlyList<Measurement> Run(ServerProcess server, UpstreamProcess upstream, BenchOptions options);

    private protected static ClientLoop Clients(ServerProcess server, int clients) =>
        new([server.Subject.Clients(server.Port)], clients);

    private protected static void ConnectAll(ClientLoop loop)
    {
        var connecting = new ConnectingWorkload(loop);
        if (!loop.Run(connecting, ConnectLimit, () => connecting.IsDone) || loop.Broken > 0)
        {
            throw new InvalidOperationException($"Not all clients could connect: {loop.FirstFault ?? "the server does not answer"}");
        }

        // ASP.NET Core SignalR puts a client on its list just after the client has been told that all is well.
        loop.Run(IdleWorkload.Instance, RegistrationTime);
    }

    /// <summary>Warm-up, measurement, and the wait for what is still on its way.</summary>
    private protected static Measurement Measure(
        string figure, ServerProcess server, UpstreamProcess upstream, ClientLoop loop, MeasuredWorkload workload, BenchOptions options)
    {
        loop.Run(workload, options.WarmUp);
        workload.StartWindow();
        var window = new UsageWindow(server, upstream);
        loop.Run(workload, options.Duration);
        var usage = window.Close();
        workload.EndWindow();
        workload.Stop();
        loop.Run(workload, DrainLimit, () => workload.IsQuiet);
        return Measurement.OfCpu(figure, usage, workload.Items, workload.Latency, workload.Faults, loop.FirstFault);
    }
}
