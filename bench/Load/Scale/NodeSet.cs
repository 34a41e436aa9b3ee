namespace Serverless.Load.Scale;

/// <summary>A number of gateways and the Redis that joins them.</summary>
internal sealed class NodeSet : IDisposable
{
    private const int JoinsAtOnce = 8;
    private static readonly TimeSpan JoinLimit = TimeSpan.FromSeconds(15);

    private readonly List<ServerProcess> _nodes = [];
    private readonly HttpClient _http = new();

    private NodeSet(Setup setup) => Setup = setup;

    internal Setup Setup { get; }

    /// <summary>The Redis that joins the nodes, or null for a single node without Redis.</summary>
    internal RedisProcess? Redis { get; private set; }

    internal IReadOnlyList<int> Ports => [.. _nodes.Select(node => node.Port)];

    internal static NodeSet Start(Setup setup, UpstreamProcess upstream)
    {
        var set = new NodeSet(setup);
        try
        {
            set.Redis = setup.HasRedis ? new RedisProcess() : null;
            var joined = set.Redis is { } redis ? new Joined(redis.Address, setup.IsAtLeastOnce) : null;
            for (var i = 0; i < setup.Nodes; i++)
            {
                set._nodes.Add(ServerProcess.Start(Subject.Gateway, upstream.Port, connectionEvents: false, joined));
            }

            set.WaitUntilJoined();
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    internal UsageWindow OpenWindow(UpstreamProcess upstream) =>
        new([.. _nodes.Select(node => node.Id)], Redis is null ? [upstream.Id] : [upstream.Id, Redis.Id]);

    /// <summary>Adds each client's user to the group that the client's number selects.</summary>
    internal void JoinGroups(int clients, int membersPerGroup) => Parallel.For(
        0,
        clients,
        new ParallelOptions { MaxDegreeOfParallelism = JoinsAtOnce },
        client =>
        {
            using var answer = _http.Send(GatewaySubject.Join(Ports[0], $"u{client}", $"g{client / membersPerGroup}"));
            answer.EnsureSuccessStatusCode();
        });

    /// <summary>Returns the last output lines of the nodes, for an error report.</summary>
    internal string LastLines() => string.Join(Environment.NewLine, _nodes.Select(node => node.LastLines()));

    public void Dispose()
    {
        foreach (var node in _nodes)
        {
            node.Dispose();
        }

        Redis?.Dispose();
        _http.Dispose();
    }

    private void WaitUntilJoined()
    {
        var limit = Environment.TickCount64 + (long)JoinLimit.TotalMilliseconds;
        foreach (var port in Redis is null ? [] : Ports)
        {
            while (!_http.GetStringAsync($"http://127.0.0.1:{port}/api/health").GetAwaiter().GetResult().Contains("\"redis\":\"Connected\"", StringComparison.Ordinal))
            {
                if (Environment.TickCount64 > limit)
                {
                    throw new InvalidOperationException("A node did not join the others over Redis.");
                }

                Thread.Sleep(20);
            }
        }
    }
}
