using System.Text.Json.Serialization;

namespace Serverless.EndToEnd.Systems;

/// <summary>One upstream request as it came in; a test script reads it as JSON.</summary>
/// <param name="Headers">All headers, their names in lower case.</param>
/// <param name="Path">The request target as it was sent, percent-encoding and all.</param>
/// <param name="Body">The body in base64.</param>
internal sealed record RecordedRequest(IReadOnlyDictionary<string, string> Headers, string Path, string Body);

/// <summary>Writes recorded requests.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RecordedRequest[]))]
internal sealed partial class RecordedRequestJson : JsonSerializerContext;
