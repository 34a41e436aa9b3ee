using Serverless.Protocol;

namespace Serverless.Hubs;

/// <summary>An upstream request of the gateway, free of the host that received it.</summary>
/// <param name="contentType">The request's content type, null if it has none.</param>
/// <param name="body">The whole body.</param>
/// <param name="header">A header's value by its name, null if it is absent; values of a repeated header joined by a comma.</param>
public sealed class UpstreamRequest(string? contentType, ReadOnlyMemory<byte> body, Func<string, string?> header)
{
    /// <summary>The request's content type.</summary>
    public string? ContentType { get; } = contentType;

    /// <summary>The whole body.</summary>
    public ReadOnlyMemory<byte> Body { get; } = body;

    /// <summary>A header's value, null if it is absent. Names are compared without case by the host.</summary>
    public string? Header(string name) => header(name);

    /// <summary>A header's value as the client or the gateway meant it: decoded, if the gateway had to encode it. Null if it is absent.</summary>
    public string? Text(string name) => Header(name) is { } value && IsEncoded(name) ? UpstreamHeaderText.Decode(value) : Header(name);

    internal bool IsEncoded(string name) => UpstreamHeaderText.Names(Header(GatewayHeaders.EncodedHeaders), name);
}
