using System.Buffers;
using System.Diagnostics;

namespace Serverless.Gateway.Observability.Spans;

/// <summary>Reads trace contexts from the two headers of W3C Trace Context.</summary>
internal static class TraceContext
{
    public const string Header = "traceparent";
    public const string StateHeader = "tracestate";

    // W3C Trace Context §3.3.1.5; the state must also be valid in a header.
    private const int MaxStateChars = 512;

    private static readonly SearchValues<char> StateChars =
        SearchValues.Create([.. Enumerable.Range(0x20, 0x7F - 0x20).Select(code => (char)code)]);

    /// <summary>Reads another process's context; returns the default if it is invalid. An invalid state is left out.</summary>
    public static ActivityContext Parse(string? traceParent, string? traceState) =>
        traceParent is not null && ActivityContext.TryParse(traceParent, IsState(traceState) ? traceState : null, isRemote: true, out var context)
            ? context
            : default;

    private static bool IsState(string? text) =>
        text is { Length: > 0 and <= MaxStateChars } && !text.AsSpan().ContainsAnyExcept(StateChars);
}
