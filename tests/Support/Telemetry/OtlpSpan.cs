using System.Globalization;

namespace Serverless.Support.Telemetry;

/// <summary>A span of an exporter, with ids as hexadecimal text. The numbers are those of opentelemetry/proto/trace/v1/trace.proto.</summary>
/// <param name="Service">The resource's <c>service.name</c>.</param>
/// <param name="Instance">The resource's <c>service.instance.id</c>.</param>
/// <param name="Source">The name of the activity source.</param>
/// <param name="TraceId">The trace id.</param>
/// <param name="Id">The span id.</param>
/// <param name="ParentId">The parent's span id; empty without a parent.</param>
/// <param name="TraceState">W3C's <c>tracestate</c>.</param>
/// <param name="Name">The span's name.</param>
/// <param name="Kind">1 internal, 2 server, 3 client, 4 producer, 5 consumer.</param>
/// <param name="Attributes">The attributes: strings, and numbers as text.</param>
/// <param name="Links">The linked traces and spans.</param>
/// <param name="IsError">True when the status is an error.</param>
public sealed record OtlpSpan(
    string Service,
    string Instance,
    string Source,
    string TraceId,
    string Id,
    string ParentId,
    string TraceState,
    string Name,
    int Kind,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyList<(string TraceId, string SpanId)> Links,
    bool IsError)
{
    private const ulong StatusError = 2;

    // ExportTraceServiceRequest { resource_spans = 1 } · ResourceSpans { resource = 1, scope_spans = 2 }
    // Resource { attributes = 1 } · ScopeSpans { scope = 1 { name = 1 }, spans = 2 }
    internal static IEnumerable<OtlpSpan> ReadAll(byte[] request) =>
        from resourceSpans in ProtobufField.ReadAll(request).Messages(1)
        let resource = AttributesOf(resourceSpans.Messages(1).SelectMany(one => one.Messages(1)))
        from scopeSpans in resourceSpans.Messages(2)
        let source = scopeSpans.Messages(1).Select(scope => scope.Text(1)).FirstOrDefault("")
        from span in scopeSpans.Messages(2)
        select Read(span, resource, source);

    private static OtlpSpan Read(List<ProtobufField> span, Dictionary<string, string> resource, string source) => new(
        resource.GetValueOrDefault("service.name", ""),
        resource.GetValueOrDefault("service.instance.id", ""),
        source,
        span.Hex(1),
        span.Hex(2),
        span.Hex(4),
        span.Text(3),
        span.Text(5),
        (int)span.Number(6),
        AttributesOf(span.Messages(9)),
        [.. span.Messages(13).Select(link => (link.Hex(1), link.Hex(2)))],
        span.Messages(15).Any(status => status.Number(3) == StatusError));

    // KeyValue { key = 1, value = 2 } · AnyValue { string_value = 1, bool_value = 2, int_value = 3 }
    private static Dictionary<string, string> AttributesOf(IEnumerable<List<ProtobufField>> pairs) => pairs.ToDictionary(
        pair => pair.Text(1),
        pair => pair.Messages(2).Select(value => value.Any(field => field.Number == 1)
            ? value.Text(1)
            : value.FirstOrDefault().Value.ToString(CultureInfo.InvariantCulture)).FirstOrDefault(""));
}
