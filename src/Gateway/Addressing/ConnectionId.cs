using System.Buffers.Text;
using System.Security.Cryptography;

namespace Serverless.Gateway.Addressing;

/// <summary>
/// Creates the public ids of connections, as REST and upstream see them: the home node's id (6 bytes) and 16 random bytes, 30 URL-safe
/// characters. An id names the connection's home node and grants no right to use the connection.
/// </summary>
internal static class ConnectionId
{
    /// <summary>The length of an id in bytes.</summary>
    public const int ByteCount = NodeId.ByteCount + RandomBytes;

    private const int RandomBytes = 16;

    /// <summary>Creates the bytes of a new id for a connection of a node.</summary>
    public static void Create(NodeId node, Span<byte> bytes)
    {
        node.CopyTo(bytes[..NodeId.ByteCount]);
        RandomNumberGenerator.Fill(bytes[NodeId.ByteCount..ByteCount]);
    }

    /// <summary>Creates a new id for a connection of a node.</summary>
    public static string Create(NodeId node)
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        Create(node, bytes);
        return ToText(bytes);
    }

    /// <summary>Returns the text form of an id.</summary>
    public static string ToText(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes[..ByteCount]);
}
