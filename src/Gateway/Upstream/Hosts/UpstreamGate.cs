using System.Globalization;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Upstream.Telemetry;

namespace Serverless.Gateway.Upstream.Hosts;

/// <summary>
/// Admits as many calls to each upstream host, and to all hosts together, as the node's budget has connections for. Further calls wait in
/// order for each host. A host may hold no more connections than are left for all others, so that hosts that hang leave some for other
/// hosts. Safe for many threads; admission allocates nothing.
/// </summary>
internal sealed class UpstreamGate(NodeBudget budget, QueuedBytes queued, TimeProvider time)
{
    /// <summary>The longest wait of the events of connections: 17,000 calls of 200 ms, one after another.</summary>
    public static readonly TimeSpan EventWait = TimeSpan.FromHours(1);

    /// <summary>The memory that a waiting event of an ended connection keeps in use.</summary>
    public const int EventBytes = 2048;

    // A template may form host names from names that clients choose.
    private const int MaxIdleHosts = 256;

    private readonly Lock _gate = new();

    // Everything below is guarded by _gate.
    private readonly Dictionary<(string Scheme, string Host, int Port), UpstreamHost> _hosts = [];
    private readonly LinkedList<UpstreamHost> _crowded = [];
    private int _active;
    private int _streams;
    private long _eventsWaiting;

    /// <summary>Gets the numbers of calls in progress, of waiting calls, of streams among both, and of known hosts.</summary>
    public (int Active, int Waiting, int Streams, int Hosts) Load
    {
        get
        {
            lock (_gate)
            {
                return (_active, _crowded.Sum(static host => host.Waiting), _streams, _hosts.Count);
            }
        }
    }

    /// <summary>Admits a call, at once or when a connection becomes free. An admitted call must call <see cref="Leave"/> once.</summary>
    /// <param name="url">The call's address.</param>
    /// <param name="template">The template that formed the address.</param>
    /// <param name="kind">The kind of the call.</param>
    /// <param name="limit">The longest wait; events of connections wait up to <see cref="EventWait"/>.</param>
    /// <param name="cancel">Ends the wait.</param>
    public ValueTask<UpstreamPass> EnterAsync(Uri url, int template, UpstreamCallKind kind, TimeSpan limit, CancellationToken cancel)
    {
        UpstreamWaiter waiter;
        lock (_gate)
        {
            var host = HostOf(url);
            if (kind == UpstreamCallKind.Stream)
            {
                if (host.Streams >= budget.StreamsPerHost || _streams >= budget.Streams)
                {
                    return ValueTask.FromResult(UpstreamPass.Refused(TooManyStreams(host)));
                }

                host.Streams++;
                _streams++;
            }

            if (host.Waiting == 0 && MayStart(host))
            {
                host.Active++;
                _active++;
                return ValueTask.FromResult(new UpstreamPass(host, kind));
            }

            if (WhyFull(kind) is { } why)
            {
                LetGo(host, kind);
                return ValueTask.FromResult(UpstreamPass.Refused(why));
            }

            waiter = host.Add(kind);
            if (host.Waiting == 1)
            {
                host.Place = _crowded.AddLast(host);
            }

            CountEvent(kind, 1);
        }

        return WaitAsync(waiter, template, UpstreamCallKinds.IsEvent(kind) ? EventWait : limit, cancel);
    }

    /// <summary>Ends an admitted call, and admits waiting calls to its connection.</summary>
    public void Leave(in UpstreamPass pass)
    {
        lock (_gate)
        {
            pass.Host!.Active--;
            _active--;
            LetGo(pass.Host, pass.Kind);
            while (_crowded.Count > 0 && TryAdmitOneEach())
            {
                // The connections that one host leaves may suffice for two other hosts.
            }
        }
    }

    private async ValueTask<UpstreamPass> WaitAsync(UpstreamWaiter waiter, int template, TimeSpan limit, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        UpstreamMetrics.Waiting(template, 1);
        await waiter.Task.WaitAsync(limit, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        UpstreamMetrics.Waiting(template, -1);
        lock (_gate)
        {
            if (waiter.Line is null)
            {
                return new UpstreamPass(waiter.Host, waiter.Kind) { Waited = time.GetElapsedTime(started) };
            }

            Remove(waiter);
            LetGo(waiter.Host, waiter.Kind);
        }

        return cancel.IsCancellationRequested ? default : UpstreamPass.Refused(string.Create(
            CultureInfo.InvariantCulture,
            $"no connection to the upstream host became free within {limit.TotalSeconds:0.###} seconds; the limit is set by Gateway:Upstream:MaxConnections"));
    }

    // Under _gate, as all methods below. Admits one waiting call of each host that may open another connection; hosts take turns.
    private bool TryAdmitOneEach()
    {
        var any = false;
        for (var (place, count) = (_crowded.First, _crowded.Count); count > 0 && _active < budget.Upstream; count--)
        {
            var host = place!.Value;
            place = place.Next;
            if (!MayStart(host))
            {
                continue;
            }

            any = true;
            var waiter = host.Next();
            _crowded.Remove(host.Place!);
            _crowded.AddLast(host.Place!);
            Remove(waiter);
            host.Active++;
            _active++;
            waiter.TrySetResult();
        }

        return any;
    }

    private bool MayStart(UpstreamHost host) => host.Active < budget.UpstreamPerHost && host.Active < budget.Upstream - _active;

    private void Remove(UpstreamWaiter waiter)
    {
        waiter.Host.Remove(waiter);
        if (waiter.Host.Waiting == 0)
        {
            _crowded.Remove(waiter.Host.Place!);
        }

        CountEvent(waiter.Kind, -1);
    }

    private void CountEvent(UpstreamCallKind kind, int count)
    {
        if (UpstreamCallKinds.IsEvent(kind))
        {
            _eventsWaiting += count;
            queued.Add(count * EventBytes);
        }
    }

    // Events of connections are refused last: they have a bound of their own, as high as the bound of everything else.
    private string? WhyFull(UpstreamCallKind kind) =>
        (UpstreamCallKinds.IsEvent(kind) ? (_eventsWaiting + 1) * EventBytes > queued.MaxBytes : queued.IsFull)
            ? "no connection to the upstream host is free, and the node holds as much as Gateway:Limits:MaxQueuedBytes allows"
            : null;

    private string TooManyStreams(UpstreamHost host) => host.Streams >= budget.StreamsPerHost
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"the upstream host holds {host.Streams} streams of this node open already; the limit is half of Gateway:Upstream:MaxConnections")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"upstream hosts hold {_streams} streams of this node open already; the limit is set by Gateway:Upstream:MaxConnections");

    private UpstreamHost HostOf(Uri url)
    {
        var key = (url.Scheme, url.IdnHost, url.Port);
        if (!_hosts.TryGetValue(key, out var host))
        {
            _hosts[key] = host = new UpstreamHost(key);
        }

        return host;
    }

    // The call is no longer in progress and no longer waits.
    private void LetGo(UpstreamHost host, UpstreamCallKind kind)
    {
        if (kind == UpstreamCallKind.Stream)
        {
            host.Streams--;
            _streams--;
        }

        if (_hosts.Count > MaxIdleHosts && host is { Active: 0, Waiting: 0 })
        {
            _hosts.Remove(host.Key);
        }
    }
}
