using System.Buffers.Text;
using System.Security.Cryptography;

namespace Serverless.Gateway.Addressing;

/// <summary>
/// A connection's public id, as REST and upstream see it: the home node's id (6 bytes) and 16 random bytes, 30 URL-safe
/// characters. It names where the connection lives but gives no right to use it.
/// </summary>
internal static class ConnectionId
{
    /// <summary>Length of an id as bytes.</summary>
    public const int ByteCount = NodeId.ByteCount + RandomBytes;

    private const int RandomBytes = 16;

    /// <summary>Makes a new id's bytes for a connection of a node.</summary>
    public static void Create(NodeId node, Span<byte> bytes)
    {
        node.CopyTo(bytes[..NodeId.ByteCount]);
        RandomNumberGenerator.Fill(bytes[NodeId.ByteCount..ByteCount]);
    }

    /// <summary>Makes a new id for a connection of a node.</summary>
    public static string Create(NodeId node)
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        Create(node, bytes);
        return ToText(bytes);
    }

    /// <summary>The id's text form.</summary>
    public static string ToText(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes[..ByteCount]);
}
