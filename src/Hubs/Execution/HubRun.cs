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
/// <param name="kind">The kind of work.</param>
/// <param name="trace">The trace of the hub's code.</param>
/// <param name="isStream">True for a call whose answer is a stream, which the framework completes after it has released the hub.</param>
internal sealed class HubRun(HubRunKind kind, HubTrace trace, bool isStream = false)
{
    private static readonly AsyncLocal<HubRun?> Running = new();

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Phase _phase;
    private int _events;

    private enum Phase
    {
        Connecting,
        Dispatching,
        Disconnecting,
    }

    [Flags]
    private enum Events
    {
        Entered = 1,
        Released = 2,
        ScopeEnded = 4,
        Answered = 8,
        Aborted = 16,
        HandlerEnded = 32,
        Broken = 64,
    }

    /// <summary>Gets or sets the run of the current asynchronous flow, for the hub activator, which the framework gives no context.</summary>
    public static HubRun? Current
    {
        get => Running.Value;
        set => Running.Value = value;
    }

    public HubRunKind Kind { get; } = kind;

    public HubTrace Trace { get; } = trace;

    /// <summary>True while the handler is in the phase that the request is for.</summary>
    public bool IsWanted => (Kind, _phase) is (HubRunKind.Connected, Phase.Connecting)
        or (HubRunKind.Call, Phase.Dispatching)
        or (HubRunKind.Disconnected, Phase.Disconnecting);

    /// <summary>Gets the exception of the hub's connected or disconnected method, or of its constructor.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Gets the exception of a service that could not be disposed when the hub's scope ended.</summary>
    public Exception? ScopeFailure { get; private set; }

    /// <summary>Gets or sets the reason why the connection ended, for a disconnected event.</summary>
    public Exception? Reason { get; init; }

    /// <summary>True when the hub has aborted the connection.</summary>
    public bool IsAborted => ((Events)Volatile.Read(ref _events)).HasFlag(Events.Aborted);

    /// <summary>Gets or sets the error with which the framework closes an aborted connection; null when the hub itself has aborted it.</summary>
    public string? CloseError { get; set; }

    /// <summary>True when the completion has been written, or the method of an event has ended.</summary>
    public bool IsAnswered => ((Events)Volatile.Read(ref _events)).HasFlag(Events.Answered);

    /// <summary>True when an exception has ended the run without an answer, and the framework has kept it to itself.</summary>
    public bool IsUnanswered => ((Events)Volatile.Read(ref _events) & (Events.Answered | Events.Aborted | Events.Broken)) is 0 or (Events.Aborted | Events.Broken);

    /// <summary>Completes when the hub's code and its scope have ended, and its answer has been written.</summary>
    public Task Done => _done.Task;

    public void EnterDispatching() => _phase = Phase.Dispatching;

    public void EnterDisconnecting() => _phase = Phase.Disconnecting;

    /// <summary>The hub is about to be created.</summary>
    public void Enter() => Add(Events.Entered);

    /// <summary>The framework has released the hub; its scope ends next.</summary>
    public void Release()
    {
        Trace.Dispose();
        Add(Events.Released);
    }

    /// <summary>The services of the hub's scope have been disposed, or one of them has failed to.</summary>
    public void EndScope(Exception? failure)
    {
        ScopeFailure = failure;
        Add(Events.ScopeEnded);
    }

    /// <summary>The completion has been written, or the method of an event has ended.</summary>
    public void Answer() => Add(Events.Answered);

    /// <summary>The connection has been aborted, by the hub or with the request. The framework aborts it before a disconnected event too.</summary>
    public void Abort()
    {
        if (Kind != HubRunKind.Disconnected)
        {
            // A hub that has ended does not abort: the framework does, after an exception that it does not answer.
            Add(((Events)Volatile.Read(ref _events)).HasFlag(Events.ScopeEnded) ? Events.Aborted | Events.Broken : Events.Aborted);
        }
    }

    /// <summary>The framework's handler has ended the connection, after which it writes no answer.</summary>
    public void EndHandler() => Add(Events.HandlerEnded);

    public void Fail(Exception exception)
    {
        Failure = exception;
        Add(Events.Answered);
    }

    private void Add(Events added)
    {
        var events = (Events)Interlocked.Or(ref _events, (int)added) | added;
        if (IsEnd(events))
        {
            _done.TrySetResult();
        }
    }

    // An error before the hub is created, such as an argument that does not fit, is answered without a hub. A call that is not a stream may end
    // without an answer, where a policy throws.
    private bool IsEnd(Events events)
    {
        var isOver = (events & (Events.Answered | Events.Aborted | Events.HandlerEnded)) != 0;
        return !events.HasFlag(Events.Entered) ? isOver
            : events.HasFlag(Events.ScopeEnded) ? isOver || !isStream
            : events.HasFlag(Events.Released | Events.HandlerEnded);
    }
}
