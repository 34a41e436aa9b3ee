namespace Serverless.Protocol;

/// <summary>Names of the headers that this project's gateway, and not the service, adds to every upstream request that needs them.</summary>
public static class GatewayHeaders
{
    /// <summary>Signs the whole request; see <see cref="RequestSigner"/>.</summary>
    public const string Signature = "X-Gateway-Signature";

    /// <summary>
    /// The names of this request's headers whose values are percent-encoded, separated by commas; see <see cref="UpstreamHeaderText"/>.
    /// Absent when no value is.
    /// </summary>
    public const string EncodedHeaders = "X-Gateway-Encoded-Headers";
}
