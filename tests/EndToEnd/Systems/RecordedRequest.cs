using System.Text.Json.Serialization;

namespace Serverless.EndToEnd.Systems;

/// <summary>An upstream request as received; test scripts read it as JSON.</summary>
/// <param name="Headers">All headers, with names in lower case.</param>
/// <param name="Path">The request target as sent, with its percent-encoding.</param>
/// <param name="Body">The body in base64.</param>
internal sealed record RecordedRequest(IReadOnlyDictionary<string, string> Headers, string Path, string Body);

/// <summary>Writes recorded requests.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RecordedRequest[]))]
internal sealed partial class RecordedRequestJson : JsonSerializerContext;
