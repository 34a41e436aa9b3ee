namespace Serverless.Hubs.Management;

/// <summary>The encoded body of a message to clients, which can be sent in several requests.</summary>
/// <param name="ContentType">The media type.</param>
/// <param name="Bytes">The body.</param>
internal readonly record struct MessageBody(string ContentType, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>A JSON object of target and arguments.</summary>
    public const string Json = "application/json";

    /// <summary>A MessagePack map from the name of a hub protocol to the framed message.</summary>
    public const string BothProtocols = "application/octet-stream";
}
