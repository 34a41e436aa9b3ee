namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>Selects the events that a viewer gets. A null property selects every value. Nodes send each other filters as JSON.</summary>
internal sealed record LiveTraceFilter
{
    /// <summary>The default number of events a second; further events are left out and counted.</summary>
    public const int DefaultPerSecond = 500;

    public const int MaxPerSecond = 5000;

    /// <summary>The default number of bytes of a body.</summary>
    public const int DefaultBodyBytes = 1024;

    public const int MaxBodyBytes = 4096;

    public LiveTraceCategory Categories { get; init; } = LiveTraceCategory.All;

    public string? Connection { get; init; }

    public string? User { get; init; }

    /// <summary>Gets the hub, in lower case.</summary>
    public string? Hub { get; init; }

    public string? Group { get; init; }

    /// <summary>Gets the id of one message or call; 0 for all.</summary>
    public long TracingId { get; init; }

    /// <summary>True to select events of diagnostic clients only.</summary>
    public bool DiagnosticOnly { get; init; }

    /// <summary>True to get the beginning of messages' bodies.</summary>
    public bool Bodies { get; init; }

    public int BodyBytes { get; init; } = DefaultBodyBytes;

    public int PerSecond { get; init; } = DefaultPerSecond;

    /// <summary>True when it selects single connections, so that every receiver of a message must be examined.</summary>
    public bool IsNarrow => Connection is not null || User is not null || DiagnosticOnly;

    public bool Matches(in LiveTraceSubject subject) =>
        (Categories & subject.Category) != 0
        && (Hub is null || Hub == subject.Hub)
        && (Connection is null || Connection == subject.ConnectionId)
        && (User is null || User == subject.UserId)
        && (Group is null || Group == subject.Group)
        && (TracingId == 0 || TracingId == subject.TracingId)
        && (!DiagnosticOnly || subject.IsDiagnostic);
}
