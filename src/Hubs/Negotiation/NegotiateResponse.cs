using System.Text.Json.Serialization;

namespace Serverless.Hubs;

/// <summary>What a client is told by a function app's negotiate: where to go on, and with what token.</summary>
/// <remarks><c>{"url":"http://localhost:8888/client/?hub=chat","accessToken":"…"}</c>, as the Functions extension's connection info.</remarks>
public sealed record NegotiateResponse
{
    /// <summary>The gateway's address for clients of the hub.</summary>
    [JsonPropertyName("url")]
    public required string Url { get; init; }

    /// <summary>The client's token.</summary>
    [JsonPropertyName("accessToken")]
    public required string AccessToken { get; init; }

    /// <summary>The address alone: a token is no text for logs.</summary>
    public override string ToString() => Url;
}

/// <summary>Writes negotiate responses without reflection.</summary>
[JsonSerializable(typeof(NegotiateResponse))]
internal sealed partial class NegotiateJsonContext : JsonSerializerContext;
