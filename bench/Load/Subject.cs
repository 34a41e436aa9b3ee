using System.Diagnostics;

namespace Serverless.Load;

/// <summary>A server under test: the command that starts it, and the requests of its clients and publishers.</summary>
/// <param name="name">Its name in the tables.</param>
/// <param name="project">The folder of its project, relative to the repository's root or absolute.</param>
internal abstract class Subject(string name, string project)
{
    internal static readonly Subject Gateway = new GatewaySubject("gateway", Path.Combine("src", "Gateway"));
    internal static readonly Subject Peer = new PeerSubject();

    internal string Name => name;

    /// <summary>The subject that it is compared with when a cost is measured, or null.</summary>
    internal virtual Subject? Base => null;

    internal abstract string HealthPath { get; }

    /// <summary>True when each message to the upstream must carry a signature.</summary>
    internal abstract bool SignsUpstreamRequests { get; }

    internal abstract ClientRequest Clients(int port);

    internal abstract BroadcastRequest Broadcast(int port, int payloadBytes);

    /// <summary>Returns the command that starts the server on a port, with its settings.</summary>
    internal ProcessStartInfo Command(int port, int upstreamPort, bool connectionEvents, Joined? joined = null)
    {
        var program = Path.Combine(Repository.Root, project, "bin", "Release", "net10.0", Path.GetFileName(project) + ".dll");
        if (!File.Exists(program))
        {
            throw new FileNotFoundException($"{project} is not built for Release; 'bash bench/run.sh' builds and runs everything.");
        }

        var command = new ProcessStartInfo("dotnet", [program, "--urls", $"http://127.0.0.1:{port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Both servers run as in production, and neither writes a log line per request.
        command.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        command.Environment["Logging__LogLevel__Default"] = "Warning";
        Configure(command.Environment, upstreamPort, connectionEvents);
        if (joined is not null)
        {
            command.Environment["Gateway__Redis"] = joined.Redis;
            command.Environment["Gateway__Delivery"] = joined.IsAtLeastOnce ? "AtLeastOnce" : "AtMostOnce";
        }

        return command;
    }

    /// <summary>Starts the watcher of the running server, or returns null.</summary>
    internal virtual Watcher? StartWatcher(int port) => null;

    private protected abstract void Configure(IDictionary<string, string?> environment, int upstreamPort, bool connectionEvents);

    private sealed class PeerSubject() : Subject("SignalR", Path.Combine("bench", "Peer"))
    {
        internal override string HealthPath => "/health";

        internal override bool SignsUpstreamRequests => false;

        internal override ClientRequest Clients(int port) => new("/hub", port, tokens: null);

        internal override BroadcastRequest Broadcast(int port, int payloadBytes) => new("/broadcast", port, token: null, payloadBytes);

        private protected override void Configure(IDictionary<string, string?> environment, int upstreamPort, bool connectionEvents)
        {
            environment["Peer__Upstream"] = $"http://127.0.0.1:{upstreamPort}/";
            environment["Peer__ConnectionEvents"] = connectionEvents ? "true" : "false";
        }
    }
}
