using System.Diagnostics;
using Serverless.Gateway.Observability.Spans;

namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>What an event is about: all that filters look at, so that an event which nobody wants is never made.</summary>
/// <param name="Category">What kind of event.</param>
/// <param name="Hub">The hub; null where none is known.</param>
/// <param name="ConnectionId">The connection, if it is about one.</param>
/// <param name="UserId">The user, if it is about one.</param>
/// <param name="Group">The group, if it is about one.</param>
/// <param name="TracingId">The message or call that it belongs to; 0 for none.</param>
/// <param name="IsDiagnostic">The connection is a diagnostic client's.</param>
internal readonly record struct LiveTraceSubject(
    LiveTraceCategory Category, string? Hub, string? ConnectionId, string? UserId, string? Group, long TracingId, bool IsDiagnostic)
{
    /// <summary>The distributed trace that it belongs to: the caller's, unless another is said; default for none.</summary>
    public ActivityTraceId TraceId { get; init; } = GatewaySpans.Current?.TraceId ?? default;
}
