using System.Diagnostics;

namespace Serverless.Load;

/// <summary>A server under test: how it is started, and how clients and publishers talk to it.</summary>
internal abstract class Subject(string name, string project)
{
    internal static readonly Subject Gateway = new GatewaySubject();
    internal static readonly Subject Peer = new PeerSubject();

    internal string Name => name;

    internal abstract string HealthPath { get; }

    /// <summary>Each message to the upstream must carry a signature.</summary>
    internal abstract bool SignsUpstreamRequests { get; }

    internal abstract ClientRequest Clients(int port);

    internal abstract BroadcastRequest Broadcast(int port, int payloadBytes);

    /// <summary>The command that starts the server on a port, with all that it needs to know.</summary>
    internal ProcessStartInfo Command(int port, int upstreamPort, bool connectionEvents)
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
        // Both run as in production, and neither writes a log line per request.
        command.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        command.Environment["Logging__LogLevel__Default"] = "Warning";
        Configure(command.Environment, upstreamPort, connectionEvents);
        return command;
    }

    private protected abstract void Configure(IDictionary<string, string?> environment, int upstreamPort, bool connectionEvents);

    private sealed class GatewaySubject() : Subject("gateway", Path.Combine("src", "Gateway"))
    {
        private const string AccessKey = "the-benchmarks-key-0123456789-0123456789";

        internal override string HealthPath => "/api/health";

        internal override bool SignsUpstreamRequests => true;

        internal override ClientRequest Clients(int port) =>
            new("/client/?hub=bench", port, new TokenWriter(AccessKey, "http://127.0.0.1/client/?hub=bench"));

        internal override BroadcastRequest Broadcast(int port, int payloadBytes)
        {
            const string Path = "/api/hubs/bench/:send";
            var token = new TokenWriter(AccessKey, $"http://127.0.0.1:{port}{Path}").ToString();
            return new BroadcastRequest($"{Path}?api-version=2022-06-01", port, token, payloadBytes);
        }

        private protected override void Configure(IDictionary<string, string?> environment, int upstreamPort, bool connectionEvents)
        {
            environment["Gateway__AccessKeys__0"] = AccessKey;
            environment["UpstreamSettings__Templates__0__UrlTemplate"] =
                $"http://127.0.0.1:{upstreamPort}/api/upstream/{{hub}}/{{category}}/{{event}}";
            environment["UpstreamSettings__Templates__0__CategoryPattern"] = connectionEvents ? "*" : "messages";
        }
    }

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
