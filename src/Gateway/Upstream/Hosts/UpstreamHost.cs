namespace Serverless.Gateway.Upstream.Hosts;

/// <summary>The calls to one upstream host, as <see cref="UpstreamGate"/> counts them. Used under the gate's lock alone.</summary>
internal sealed class UpstreamHost((string Scheme, string Host, int Port) key)
{
    // Events of connections that have gone delay the calls of those that are there by no more than half.
    private readonly LinkedList<UpstreamWaiter> _calls = [];
    private readonly LinkedList<UpstreamWaiter> _disconnects = [];
    private bool _isDisconnectsTurn;

    public (string Scheme, string Host, int Port) Key { get; } = key;

    /// <summary>Calls under way.</summary>
    public int Active { get; set; }

    /// <summary>Streams under way or in line.</summary>
    public int Streams { get; set; }

    /// <summary>Calls in line.</summary>
    public int Waiting => _calls.Count + _disconnects.Count;

    /// <summary>Its place among the hosts that have calls in line.</summary>
    public LinkedListNode<UpstreamHost>? Place { get; set; }

    public UpstreamWaiter Add(UpstreamCallKind kind)
    {
        var waiter = new UpstreamWaiter(this, kind);
        waiter.Line = (kind == UpstreamCallKind.Disconnected ? _disconnects : _calls).AddLast(waiter);
        return waiter;
    }

    /// <summary>The waiter to admit next: the two lines take turns. There must be one.</summary>
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

/// <summary>A call in line at an upstream host. Completes when it is admitted.</summary>
internal sealed class UpstreamWaiter(UpstreamHost host, UpstreamCallKind kind) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public UpstreamHost Host { get; } = host;

    public UpstreamCallKind Kind { get; } = kind;

    /// <summary>Its place in line; null once it has left the line.</summary>
    public LinkedListNode<UpstreamWaiter>? Line { get; set; }
}
