namespace Serverless.Gateway.Observability.Tracing;

/// <summary>Writes all that happens with diagnostic clients to the log, in full. It listens while there are any.</summary>
internal sealed partial class DiagnosticSink(LiveTrace trace, ILogger<DiagnosticSink> logger) : ITraceSink
{
    private readonly Lock _gate = new();

    // Changed under _gate, as a whole.
    private volatile string[] _connections = [];

    public TraceFilter Filter { get; } = new() { DiagnosticOnly = true };

    public bool IsViewer => false;

    public IReadOnlyCollection<string> Connections => _connections;

    /// <summary>A diagnostic client has come.</summary>
    public void Opened(string connectionId)
    {
        lock (_gate)
        {
            if (_connections.Length == 0)
            {
                trace.Add(this);
            }

            _connections = [.. _connections, connectionId];
        }
    }

    /// <summary>A diagnostic client has gone.</summary>
    public void Closed(string connectionId)
    {
        lock (_gate)
        {
            _connections = [.. _connections.Where(other => other != connectionId)];
            if (_connections.Length == 0)
            {
                trace.Remove(this);
            }
        }
    }

    public bool Accepts(in TraceSubject subject) => Filter.Matches(in subject);

    public void Take(TraceEvent traced) => Log.Traced(
        logger,
        traced.Level switch { "Warning" => LogLevel.Warning, "Error" => LogLevel.Error, _ => LogLevel.Information },
        traced.Category,
        traced.Event,
        traced.Message,
        traced.Hub,
        traced.ConnectionId,
        traced.UserId,
        traced.Ip,
        traced.Transport,
        traced.Group,
        traced.TracingId,
        traced.InvocationId,
        traced.MessageType);

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.Observability + 2,
            Message = "{Category} {OperationName}: {TraceMessage} Hub {Hub}, connection {ConnectionId}, user {UserId}, from {CallerIpAddress} over {TransportType}, "
                + "group {GroupName}, message {MessageTracingId}, invocation {InvocationId}, type {MessageType}.",
            EventName = "DiagnosticClientTraced")]
        public static partial void Traced(
            ILogger logger,
            LogLevel level,
            TraceCategory category,
            string operationName,
            string traceMessage,
            string? hub,
            string? connectionId,
            string? userId,
            string? callerIpAddress,
            string? transportType,
            string? groupName,
            long messageTracingId,
            string? invocationId,
            string? messageType);
    }
}
