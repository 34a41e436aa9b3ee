namespace Serverless.EndToEnd.Fidelity;

/// <summary>What a client of a case does in a step.</summary>
internal enum StepKind
{
    /// <summary>Calls a method and awaits its result or error.</summary>
    Invoke,

    /// <summary>Calls several methods, or one several times, at once.</summary>
    InvokeTogether,

    /// <summary>Calls a method without awaiting an answer.</summary>
    Send,

    /// <summary>Reads a stream until its end, or cancels it after a number of items.</summary>
    Stream,

    /// <summary>Opens a stream, reads one item and keeps it open.</summary>
    Open,

    /// <summary>Calls a method with a stream of the client.</summary>
    Upload,

    /// <summary>Connects, if the client connects later.</summary>
    Connect,

    /// <summary>Disconnects.</summary>
    Stop,

    /// <summary>Waits until the client has received a number of messages.</summary>
    Hear,

    /// <summary>Waits until the client is closed, and records the error.</summary>
    AwaitClose,

    /// <summary>Has the hub send a message to the client and waits for it: all earlier messages to the client have then been received.</summary>
    Settle,
}

/// <summary>The outcome of a step with ASP.NET Core in process, which keeps a row from comparing two mistakes.</summary>
internal enum Outcome
{
    Success,
    Error,

    /// <summary>Success or error by client or protocol.</summary>
    Either,
}

/// <summary>A step of a case.</summary>
/// <param name="Kind">What the client does.</param>
/// <param name="Method">The hub method.</param>
/// <param name="Arguments">The method's arguments. The .NET client sends them as they are, the JavaScript client their counterparts.</param>
/// <param name="ResultType">The type that the .NET client reads the result or the items as.</param>
internal sealed record Step(StepKind Kind, string Method, IReadOnlyList<object?> Arguments, Type ResultType)
{
    /// <summary>The client.</summary>
    public string Client { get; init; } = "a";

    /// <summary>The number of items to read, messages to await or calls to make; null for all.</summary>
    public int? Count { get; init; }

    /// <summary>The outcome in process.</summary>
    public Outcome Expected { get; init; }

    /// <summary>Gets null as the only argument.</summary>
    public static object? Null => null;

    public static Step Invoke<T>(string method, params object?[] arguments) => new(StepKind.Invoke, method, arguments, typeof(T));

    /// <summary>Calls a method without a result.</summary>
    public static Step Invoke(string method, params object?[] arguments) => new(StepKind.Invoke, method, arguments, typeof(object));

    /// <summary>Calls a method that fails.</summary>
    public static Step Fail(string method, params object?[] arguments) => Invoke(method, arguments) with { Expected = Outcome.Error };

    public static Step Together<T>(int times, string method, params object?[] arguments) =>
        new(StepKind.InvokeTogether, method, arguments, typeof(T)) { Count = times };

    public static Step Send(string method, params object?[] arguments) => new(StepKind.Send, method, arguments, typeof(object));

    public static Step Stream<T>(string method, params object?[] arguments) => new(StepKind.Stream, method, arguments, typeof(T));

    /// <summary>Reads a stream that ends in an error.</summary>
    public static Step FailingStream<T>(string method, params object?[] arguments) =>
        Stream<T>(method, arguments) with { Expected = Outcome.Error };

    /// <summary>Reads a number of items and cancels the stream.</summary>
    public static Step Take<T>(int count, string method, params object?[] arguments) => Stream<T>(method, arguments) with { Count = count };

    public static Step Open<T>(string method, params object?[] arguments) => new(StepKind.Open, method, arguments, typeof(T));

    public static Step Upload<T>(string method, params object?[] items) => new(StepKind.Upload, method, items, typeof(T));

    public static Step Connect(string client) => new(StepKind.Connect, "", [], typeof(object)) { Client = client };

    /// <summary>Connects a client that is refused.</summary>
    public static Step FailToConnect(string client = "a") => Connect(client) with { Expected = Outcome.Error };

    public static Step Stop(string client) => new(StepKind.Stop, "", [], typeof(object)) { Client = client };

    public static Step Hear(string client, int count) => new(StepKind.Hear, "", [], typeof(object)) { Client = client, Count = count };

    public static Step AwaitClose(Outcome expected = Outcome.Success) => new(StepKind.AwaitClose, "", [], typeof(object)) { Expected = expected };

    /// <summary>Has each client receive all messages sent to it before.</summary>
    public static Step[] Settle(params string[] clients) =>
        [.. clients.Select(client => new Step(StepKind.Settle, nameof(StepKind.Settle), [], typeof(object)) { Client = client })];

    /// <summary>Returns the step with another client.</summary>
    public Step By(string client) => this with { Client = client };

    /// <summary>Returns the step with another outcome.</summary>
    public Step Is(Outcome outcome) => this with { Expected = outcome };
}
