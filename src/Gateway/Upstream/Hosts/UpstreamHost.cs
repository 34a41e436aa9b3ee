namespace Serverless.Gateway.Upstream.Hosts;

/// <summary>Holds the calls to one upstream host for <see cref="UpstreamGate"/>. Used only under the gate's lock.</summary>
internal sealed class UpstreamHost((string Scheme, string Host, int Port) key)
{
    // Two queues that take turns: events of ended connections use at most half of the capacity while calls of open connections wait.
    private readonly LinkedList<UpstreamWaiter> _calls = [];
    private readonly LinkedList<UpstreamWaiter> _disconnects = [];
    private bool _isDisconnectsTurn;

    public (string Scheme, string Host, int Port) Key { get; } = key;

    /// <summary>Gets or sets the number of calls in progress.</summary>
    public int Active { get; set; }

    /// <summary>Gets or sets the number of streams in progress or waiting.</summary>
    public int Streams { get; set; }

    /// <summary>Gets the number of waiting calls.</summary>
    public int Waiting => _calls.Count + _disconnects.Count;

    /// <summary>Gets or sets the host's place among the hosts with waiting calls.</summary>
    public LinkedListNode<UpstreamHost>? Place { get; set; }

    public UpstreamWaiter Add(UpstreamCallKind kind)
    {
        var waiter = new UpstreamWaiter(this, kind);
        waiter.Line = (kind == UpstreamCallKind.Disconnected ? _disconnects : _calls).AddLast(waiter);
        return waiter;
    }

    /// <summary>Returns the waiter to admit next. At least one must wait.</summary>
    public UpstreamWaiter Next()
    {
        var isDisconnect = _disconnects.Count > 0 && (_isDisconnectsTurn || _calls.Count == 0);
        _isDisconnectsTurn = !isDisconnect;
        return (isDisconnect ? _disconnects : _calls).First!.Value;
    }

    public void Remove(UpstreamWaiter waiter)
    {
        (waiter.Kind == UpstreamCallKind.Disconnected ? _disconnects : _calls).Remove(waiter.Line!);
        waiter.Line = null;
    }
}

/// <summary>Represents a call that waits for a connection to an upstream host. Completes when it is admitted.</summary>
internal sealed class UpstreamWaiter(UpstreamHost host, UpstreamCallKind kind) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public UpstreamHost Host { get; } = host;

    public UpstreamCallKind Kind { get; } = kind;

    /// <summary>Gets or sets the place in its queue; null when it no longer waits.</summary>
    public LinkedListNode<UpstreamWaiter>? Line { get; set; }
}
