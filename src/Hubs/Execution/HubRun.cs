namespace Serverless.Hubs.Execution;

/// <summary>The kinds of work that an upstream request asks of a hub.</summary>
internal enum HubRunKind
{
    Connected,
    Disconnected,
    Call,
}

/// <summary>
/// The state of one upstream request on its way through the framework's connection handler. The handler connects, reads messages and
/// disconnects; only the phase that the request is for creates the hub and runs its code.
/// </summary>
internal sealed class HubRun(HubRunKind kind)
{
    private static readonly AsyncLocal<HubRun?> Running = new();

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Phase _phase;
    private volatile bool _hasHub;

    private enum Phase
    {
        Connecting,
        Dispatching,
        Disconnecting,
    }

    /// <summary>Gets or sets the run of the current asynchronous flow, for the hub activator, which the framework gives no context.</summary>
    public static HubRun? Current
    {
        get => Running.Value;
        set => Running.Value = value;
    }

    public HubRunKind Kind { get; } = kind;

    /// <summary>True while the handler is in the phase that the request is for.</summary>
    public bool IsWanted => (Kind, _phase) is (HubRunKind.Connected, Phase.Connecting)
        or (HubRunKind.Call, Phase.Dispatching)
        or (HubRunKind.Disconnected, Phase.Disconnecting);

    /// <summary>Gets the exception of the hub's connected or disconnected method, or of its constructor.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Gets or sets the reason why the connection ended, for a disconnected event.</summary>
    public Exception? Reason { get; init; }

    /// <summary>True when the hub has aborted the connection.</summary>
    public bool IsAborted { get; private set; }

    /// <summary>Completes when the hub's code has ended and its answer has been written.</summary>
    public Task Done => _done.Task;

    public void EnterDispatching() => _phase = Phase.Dispatching;

    public void EnterDisconnecting() => _phase = Phase.Disconnecting;

    public void EnterHub() => _hasHub = true;

    /// <summary>Ends the run: the framework releases a hub behind its answer, also when an abort or a failure kept it from writing one.</summary>
    public void LeaveHub()
    {
        _hasHub = false;
        End();
    }

    public void Abort()
    {
        IsAborted = true;
        if (!_hasHub)
        {
            End();
        }
    }

    public void End() => _done.TrySetResult();

    public void Fail(Exception exception)
    {
        Failure = exception;
        End();
    }

    /// <summary>Completes when the hub has been released; at once when there is none.</summary>
    public Task EndOfHubAsync()
    {
        if (!_hasHub)
        {
            End();
        }

        return Done;
    }
}
