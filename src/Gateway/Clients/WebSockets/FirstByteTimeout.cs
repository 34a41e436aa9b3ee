using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Serverless.Gateway.Clients.WebSockets;

/// <summary>
/// Cuts off connections that never send a byte, as Kestrel does once HTTP has them. One sweep for all, no timer per connection.
/// </summary>
internal sealed class FirstByteTimeout(TimeProvider time) : BackgroundService
{
    /// <summary>Kestrel's own limit for a connection between requests.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(130);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<ConnectionContext, long> _waiting = new();

    /// <summary>Watches a connection until the result is disposed.</summary>
    public Watched Watch(ConnectionContext connection)
    {
        _waiting[connection] = time.GetTimestamp();
        return new Watched(_waiting, connection);
    }

    /// <summary>Aborts the connections whose time is over.</summary>
    public void Sweep()
    {
        foreach (var (connection, since) in _waiting)
        {
            if (time.GetElapsedTime(since) >= Limit)
            {
                connection.Abort(new ConnectionAbortedException("Nothing was sent."));
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    /// <summary>Ends the watch.</summary>
    public readonly struct Watched(ConcurrentDictionary<ConnectionContext, long> waiting, ConnectionContext connection) : IDisposable
    {
        public void Dispose() => waiting.TryRemove(connection, out _);
    }
}
