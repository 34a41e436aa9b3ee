using System.Collections;
using System.Globalization;
using System.Text;

namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>A live-trace event of a diagnostic client as a log entry: every column except the body is a named value. Absent columns are left out.</summary>
internal sealed class DiagnosticEntry : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <summary>The log event. It is not source-generated, because it has too many values for a method's parameters.</summary>
    public static readonly EventId Event = new(EventIds.Observability + 2, "DiagnosticClientTraced");

    // By the service's names for its columns, and by the event's own for others.
    private static readonly Column[] Columns =
    [
        new("Time", static traced => traced.Time),
        new("Level", static traced => traced.Level),
        new("Category", static traced => traced.Category),
        new("OperationName", static traced => traced.Event),
        new("TraceMessage", static traced => traced.Message),
        new("Hub", static traced => traced.Hub, "Hub"),
        new("ConnectionId", static traced => traced.ConnectionId, "connection"),
        new("ConnectionType", static traced => traced.ConnectionType),
        new("UserId", static traced => traced.UserId, "user"),
        new("CallerIpAddress", static traced => traced.Ip, "from"),
        new("TransportType", static traced => traced.Transport, "over"),
        new("GroupName", static traced => traced.Group, "group"),
        new("MessageTracingId", static traced => traced.TracingId == 0 ? null : traced.TracingId, "message"),
        new("MessageType", static traced => traced.MessageType),
        new("InvocationId", static traced => traced.InvocationId, "invocation"),
        new("Target", static traced => traced.Target, "method"),
        new("Template", static traced => traced.Template, "template"),
        new("Attempt", static traced => traced.Attempt, "attempt"),
        new("Url", static traced => traced.Url, "to"),
        new("Status", static traced => traced.Status, "status"),
        new("Milliseconds", static traced => traced.Milliseconds, "milliseconds"),
        new("Bytes", static traced => traced.Bytes, "bytes"),
        new("Receivers", static traced => traced.Receivers, "receivers"),
        new("Reason", static traced => traced.Reason, "reason"),
        new("Exception", static traced => traced.Exception, "error"),
        new("TraceId", static traced => traced.TraceId),
        new("Node", static traced => traced.Node, "node"),
    ];

    private readonly LiveTraceEvent _traced;
    private readonly KeyValuePair<string, object?>[] _values;

    public DiagnosticEntry(LiveTraceEvent traced)
    {
        _traced = traced;
        _values = [.. Columns.Select(column => KeyValuePair.Create(column.Name, column.Value(traced))).Where(static pair => pair.Value is not null)];
    }

    public int Count => _values.Length;

    public KeyValuePair<string, object?> this[int index] => _values[index];

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _values.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>HttpRequests UpstreamAnswered: The upstream answered 200. Hub chat, connection …, method send, status 200, node ….</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{_traced.Category} {_traced.Event}: {_traced.Message}");
        var separator = " ";
        foreach (var column in Columns)
        {
            if (column.Word is not null && column.Value(_traced) is { } value)
            {
                text.Append(CultureInfo.InvariantCulture, $"{separator}{column.Word} {value}");
                separator = ", ";
            }
        }

        return text.Append('.').ToString();
    }

    /// <param name="Name">The value's name.</param>
    /// <param name="Value">The value; null if it is absent.</param>
    /// <param name="Word">The word before the value in the text; null when the text leaves the value out.</param>
    private sealed record Column(string Name, Func<LiveTraceEvent, object?> Value, string? Word = null);
}
