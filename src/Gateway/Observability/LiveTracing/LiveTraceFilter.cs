namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>Which events a viewer wants. What is null is not looked at. Nodes send it each other as JSON.</summary>
internal sealed record LiveTraceFilter
{
    /// <summary>Events in a second, by default; what is beyond is left out and counted.</summary>
    public const int DefaultPerSecond = 500;

    public const int MostPerSecond = 5000;

    /// <summary>Bytes of a body, by default.</summary>
    public const int DefaultBodyBytes = 1024;

    public const int MostBodyBytes = 4096;

    public LiveTraceCategory Categories { get; init; } = LiveTraceCategory.All;

    public string? Connection { get; init; }

    public string? User { get; init; }

    /// <summary>Lower case.</summary>
    public string? Hub { get; init; }

    public string? Group { get; init; }

    /// <summary>One message or call; 0 for all.</summary>
    public long TracingId { get; init; }

    /// <summary>Diagnostic clients only.</summary>
    public bool DiagnosticOnly { get; init; }

    /// <summary>Whether bodies of messages are wanted, cut.</summary>
    public bool Bodies { get; init; }

    public int BodyBytes { get; init; } = DefaultBodyBytes;

    public int PerSecond { get; init; } = DefaultPerSecond;

    /// <summary>It looks at single connections, so that none of a message's receivers may be passed over.</summary>
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
