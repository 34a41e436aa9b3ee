namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>Writes every event of diagnostic clients to the log. It is added to the live trace while there is a diagnostic client.</summary>
internal sealed class DiagnosticSink(LiveTrace trace, ILogger<DiagnosticSink> logger) : ILiveTraceSink
{
    private readonly Lock _gate = new();

    // Replaced as a whole, under _gate.
    private volatile string[] _connections = [];

    public LiveTraceFilter Filter { get; } = new() { DiagnosticOnly = true };

    public bool IsViewer => false;

    public IReadOnlyCollection<string> Connections => _connections;

    /// <summary>A diagnostic client has connected.</summary>
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

    /// <summary>A diagnostic client has disconnected.</summary>
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

    public bool Accepts(in LiveTraceSubject subject) => Filter.Matches(in subject);

    public void Take(LiveTraceEvent traced)
    {
        var level = traced.Level switch { "Warning" => LogLevel.Warning, "Error" or "Critical" => LogLevel.Error, _ => LogLevel.Information };
        if (logger.IsEnabled(level))
        {
            logger.Log(level, DiagnosticEntry.Event, new DiagnosticEntry(traced), null, static (entry, _) => entry.ToString());
        }
    }
}
