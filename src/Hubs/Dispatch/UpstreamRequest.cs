using Serverless.Protocol;

namespace Serverless.Hubs;

/// <summary>Represents an upstream request of the gateway, independent of the host that received it.</summary>
/// <param name="contentType">The request's content type, or null if it has none.</param>
/// <param name="body">The whole body.</param>
/// <param name="header">Returns a header's value by its name, or null if it is absent; values of a repeated header are joined by a comma.</param>
public sealed class UpstreamRequest(string? contentType, ReadOnlyMemory<byte> body, Func<string, string?> header)
{
    /// <summary>Gets the request's content type.</summary>
    public string? ContentType { get; } = contentType;

    /// <summary>Gets the whole body.</summary>
    public ReadOnlyMemory<byte> Body { get; } = body;

    /// <summary>Gets the services of the host's request, which hubs reach by <c>GetHttpContext().RequestServices</c>; null if there are none.</summary>
    public IServiceProvider? Services { get; init; }

    /// <summary>Returns the value of a header as it was received.</summary>
    /// <param name="name">The header's name. The host compares names without case.</param>
    /// <returns>The value, or null if the header is absent.</returns>
    public string? Header(string name) => header(name);

    /// <summary>Returns the value of a header, decoded if the gateway had to encode it.</summary>
    /// <param name="name">The header's name.</param>
    /// <returns>The value, or null if the header is absent.</returns>
    public string? Text(string name) => Header(name) is { } value && IsEncoded(name) ? UpstreamHeaderText.Decode(value) : Header(name);

    internal bool IsEncoded(string name) => UpstreamHeaderText.Names(Header(GatewayHeaders.EncodedHeaders), name);
}
