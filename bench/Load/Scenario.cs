namespace Serverless.Load;

/// <summary>A load that a server is put under, and the figures that it yields.</summary>
internal abstract class Scenario(string name, bool connectionEvents = false)
{
    private protected static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RegistrationTime = TimeSpan.FromSeconds(0.3);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromMinutes(2);

    internal string Name => name;

    /// <summary>True when the upstream receives connection events.</summary>
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

        // ASP.NET Core SignalR registers a client just after it has sent the client's handshake response.
        loop.Run(IdleWorkload.Instance, RegistrationTime);
    }

    /// <summary>Runs warm-up and measurement, and waits for the messages in flight.</summary>
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
