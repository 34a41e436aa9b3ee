namespace Serverless.Protocol;

/// <summary>Provides the names of the headers that this project's gateway, and not the service, adds to upstream requests that need them.</summary>
public static class GatewayHeaders
{
    /// <summary>The signatures of the whole request; see <see cref="RequestSigner"/>.</summary>
    public const string Signature = "X-Gateway-Signature";

    /// <summary>
    /// The names of this request's headers whose values are percent-encoded, separated by commas; see <see cref="UpstreamHeaderText"/>.
    /// Absent when all values are plain.
    /// </summary>
    public const string EncodedHeaders = "X-Gateway-Encoded-Headers";
}
