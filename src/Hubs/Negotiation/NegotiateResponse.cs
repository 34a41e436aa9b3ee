using System.Text.Json.Serialization;

namespace Serverless.Hubs;

/// <summary>Represents an app's negotiate response, which redirects a client to the gateway.</summary>
/// <remarks>
/// <c>{"url":"http://localhost:8888/client/?hub=chat","accessToken":"…"}</c>, as the connection info of the Functions extension.
/// </remarks>
public sealed record NegotiateResponse
{
    /// <summary>Gets the gateway's URL for clients of the hub.</summary>
    [JsonPropertyName("url")]
    public required string Url { get; init; }

    /// <summary>Gets the client's access token.</summary>
    [JsonPropertyName("accessToken")]
    public required string AccessToken { get; init; }

    /// <summary>Gets the time until the user's sign-in at the app expires, in seconds; null if it does not.</summary>
    [JsonPropertyName("tokenLifetimeSeconds")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? TokenLifetimeSeconds { get; init; }

    /// <summary>Returns the URL. The token is left out, so that it does not reach logs.</summary>
    /// <returns>The URL.</returns>
    public override string ToString() => Url;
}

/// <summary>Writes negotiate responses without reflection.</summary>
[JsonSerializable(typeof(NegotiateResponse))]
internal sealed partial class NegotiateJsonContext : JsonSerializerContext;
