namespace Serverless.Load;

/// <summary>A build of the gateway, watched or unwatched.</summary>
/// <param name="name">Its name in the tables.</param>
/// <param name="project">The folder of its project.</param>
/// <param name="compared">See <see cref="Subject.Base"/>.</param>
/// <param name="watched">The kind of watcher.</param>
internal sealed class GatewaySubject(string name, string project, Subject? compared = null, Watched watched = Watched.ByNobody)
    : Subject(name, project)
{
    private const string AccessKey = "the-benchmarks-key-0123456789-0123456789";
    private const string ApiVersion = "?api-version=2022-06-01";

    internal override Subject? Base => compared;

    internal override string HealthPath => "/api/health";

    internal override bool SignsUpstreamRequests => true;

    internal override ClientRequest Clients(int port) =>
        new("/client/?hub=bench", port, new TokenWriter(AccessKey, "http://127.0.0.1/client/?hub=bench"));

    internal override BroadcastRequest Broadcast(int port, int payloadBytes) => Send(port, "", payloadBytes);

    /// <summary>Returns the request of clients each of which is a user of its own.</summary>
    internal static ClientRequest Users(int port) =>
        new("/client/?hub=bench", port, new TokenWriter(AccessKey, "http://127.0.0.1/client/?hub=bench", withUsers: true));

    /// <summary>Creates the request that sends a message.</summary>
    /// <param name="port">The server's port.</param>
    /// <param name="target">The path of the target, such as <c>/users/u1</c>; empty for all.</param>
    /// <param name="payloadBytes">The size of the one argument.</param>
    internal static BroadcastRequest Send(int port, string target, int payloadBytes)
    {
        var path = $"/api/hubs/bench{target}/:send";
        return new BroadcastRequest(path + ApiVersion, port, Token(port, path), payloadBytes);
    }

    /// <summary>Creates the request that adds a user to a group.</summary>
    internal static HttpRequestMessage Join(int port, string user, string group)
    {
        var path = $"/api/hubs/bench/users/{user}/groups/{group}";
        return new HttpRequestMessage(HttpMethod.Put, $"http://127.0.0.1:{port}{path}{ApiVersion}")
        {
            Headers = { { "Authorization", "Bearer " + Token(port, path) } },
        };
    }

    internal override Watcher? StartWatcher(int port) => watched switch
    {
        Watched.ByNobody => null,
        Watched.ByScraper => Watcher.Scrape(port),
        Watched.ByViewer => Watcher.View(port, Token(port, "/admin/live")),
        _ => Watcher.Collect(),
    };

    private protected override void Configure(IDictionary<string, string?> environment, int upstreamPort, bool connectionEvents)
    {
        environment["Gateway__AccessKeys__0"] = AccessKey;
        environment["UpstreamSettings__Templates__0__UrlTemplate"] =
            $"http://127.0.0.1:{upstreamPort}/api/upstream/{{hub}}/{{category}}/{{event}}";
        environment["UpstreamSettings__Templates__0__CategoryPattern"] = connectionEvents ? "*" : "messages";
        Watcher.Configure(environment, watched);
    }

    private static string Token(int port, string path) => new TokenWriter(AccessKey, $"http://127.0.0.1:{port}{path}").ToString();
}
