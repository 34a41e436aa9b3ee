using System.Diagnostics;
using Serverless.Gateway.Observability.Spans;

namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>The properties of an event that filters match, so that events that no sink wants are not created.</summary>
/// <param name="Category">The category.</param>
/// <param name="Hub">The hub; null when it is unknown.</param>
/// <param name="ConnectionId">The connection; null when the event concerns no single one.</param>
/// <param name="UserId">The user; null when the event concerns no single one.</param>
/// <param name="Group">The group; null when the event concerns no single one.</param>
/// <param name="TracingId">The id of its message or call; 0 for none.</param>
/// <param name="IsDiagnostic">True for a diagnostic client's connection.</param>
internal readonly record struct LiveTraceSubject(
    LiveTraceCategory Category, string? Hub, string? ConnectionId, string? UserId, string? Group, long TracingId, bool IsDiagnostic)
{
    /// <summary>Gets the id of its distributed trace: by default the current one; default for none.</summary>
    public ActivityTraceId TraceId { get; init; } = GatewaySpans.Current?.TraceId ?? default;
}
