using System.Buffers;
using System.Diagnostics;

namespace Serverless.Gateway.Observability;

/// <summary>Trace contexts as W3C's two headers write them.</summary>
internal static class TraceParent
{
    public const string Header = "traceparent";
    public const string StateHeader = "tracestate";

    // W3C Trace Context §3.3.1.5; also what has to be able to stand in a header.
    private const int MostStateChars = 512;

    private static readonly SearchValues<char> StateChars =
        SearchValues.Create([.. Enumerable.Range(0x20, 0x7F - 0x20).Select(code => (char)code)]);

    /// <summary>Reads what another process says; nothing if it is none. A state that is none is left out.</summary>
    public static ActivityContext Parse(string? traceParent, string? traceState) =>
        traceParent is not null && ActivityContext.TryParse(traceParent, IsState(traceState) ? traceState : null, isRemote: true, out var context)
            ? context
            : default;

    private static bool IsState(string? text) =>
        text is { Length: > 0 and <= MostStateChars } && !text.AsSpan().ContainsAnyExcept(StateChars);
}
