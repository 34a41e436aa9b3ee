using Serverless.Support.Proxies;
using Serverless.Support.Redis;

namespace Serverless.EndToEnd.Systems;

/// <summary>Three gateways over a Redis of their own, behind a load balancer that sends each request to the next gateway.</summary>
internal sealed class BalancedNodes : IAsyncDisposable
{
    private readonly List<GatewayProcess> _nodes = [];
    private int _replaced;
    private RedisServer? _redis;
    private RoundRobinProxy? _proxy;

    /// <summary>The load balancer's address.</summary>
    public Uri Address => _proxy!.Address;

    /// <param name="create">Creates a gateway that uses the given Redis.</param>
    public static async Task<BalancedNodes> StartAsync(Func<string, GatewayProcess> create)
    {
        var nodes = new BalancedNodes();
        try
        {
            nodes._redis = await RedisServer.StartAsync();
            for (var i = 0; i < 3; i++)
            {
                nodes._nodes.Add(create(nodes._redis.Address));
            }

            await Task.WhenAll(nodes._nodes.Select(node => node.StartAsync()));
            nodes._proxy = await RoundRobinProxy.StartAsync(nodes._nodes.Select(node => node.Address));
            return nodes;
        }
        catch
        {
            await nodes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills the next of the three, as a crash would, and replaces it.</summary>
    public async Task ReplaceNextAsync()
    {
        var node = _nodes[_replaced++ % _nodes.Count];
        _proxy!.Remove(node.Address);
        await node.KillAsync();
        await node.StartAsync();
        await _proxy.AddAsync(node.Address);
    }

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }
}
