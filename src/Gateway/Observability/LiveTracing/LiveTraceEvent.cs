using System.Text.Json.Serialization;

namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>One event of the live trace, with the columns of the service's tool and those that connect the events of one message. It has no token and no key.</summary>
internal sealed record LiveTraceEvent
{
    [JsonConstructor]
    public LiveTraceEvent()
    {
    }

    public LiveTraceEvent(in LiveTraceSubject subject, LogLevel level, string name, string message)
    {
        Category = subject.Category;
        Hub = subject.Hub;
        ConnectionId = subject.ConnectionId;
        UserId = subject.UserId;
        Group = subject.Group;
        TracingId = subject.TracingId;
        Level = level switch
        {
            LogLevel.Critical => "Critical",
            LogLevel.Error => "Error",
            LogLevel.Warning => "Warning",
            _ => "Informational",
        };
        Event = name;
        Message = message;
        TraceId = subject.TraceId == default ? null : subject.TraceId.ToHexString();
    }

    public DateTimeOffset Time { get; init; }

    /// <summary>In the service's words.</summary>
    public string Level { get; init; } = "Informational";

    public LiveTraceCategory Category { get; init; }

    /// <summary>Gets the event's name; see docs/live-trace.md.</summary>
    public string Event { get; init; } = "";

    public string Message { get; init; } = "";

    public string? Exception { get; init; }

    public string? Hub { get; init; }

    public string? ConnectionId { get; init; }

    /// <summary>In the service's words.</summary>
    public string? ConnectionType { get; init; }

    public string? UserId { get; init; }

    public string? Ip { get; init; }

    public string? Transport { get; init; }

    public string? Group { get; init; }

    /// <summary>Gets the id that all events of one message or call share, on all nodes; 0 for none. Below 2^53, JavaScript's limit.</summary>
    public long TracingId { get; init; }

    /// <summary>Gets the id of its distributed trace; null when there is none.</summary>
    public string? TraceId { get; init; }

    /// <summary>Gets the node of the event.</summary>
    public string Node { get; init; } = "";

    public string? InvocationId { get; init; }

    /// <summary>Gets the method that is called.</summary>
    public string? Target { get; init; }

    /// <summary>Gets the kind of the message, in the service's words.</summary>
    public string? MessageType { get; init; }

    /// <summary>Gets the reason for which a message or call failed; a value of the metrics' tag.</summary>
    public string? Reason { get; init; }

    public int? Template { get; init; }

    public int? Attempt { get; init; }

    public string? Url { get; init; }

    public int? Status { get; init; }

    public double? Milliseconds { get; init; }

    /// <summary>Gets the bytes of the message.</summary>
    public int? Bytes { get; init; }

    /// <summary>Gets the number of receivers on the node.</summary>
    public int? Receivers { get; init; }

    public LiveTraceBody? Body { get; init; }
}

/// <summary>The JSON of events and filters.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(LiveTraceBatch))]
[JsonSerializable(typeof(LiveTraceFilter))]
internal sealed partial class LiveTraceJson : JsonSerializerContext;
