using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Gateway.Clients.Transports.WebSockets;

/// <summary>Checks the key of an opening handshake and writes its answer (RFC 6455 §4.2.2).</summary>
internal static class WebSocketUpgrade
{
    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int KeyBytes = 16;

    /// <summary>Returns true if the client's key is 16 bytes in base64.</summary>
    public static bool IsValidKey(string? key)
    {
        Span<byte> decoded = stackalloc byte[KeyBytes];
        return key is { Length: 24 } && Convert.TryFromBase64String(key, decoded, out var written) && written == KeyBytes;
    }

    /// <summary>Returns the value of <c>Sec-WebSocket-Accept</c> for a client's key.</summary>
    public static string Accept(string key)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // The protocol requires SHA-1; the hashed text is not secret.
        SHA1.HashData(Encoding.ASCII.GetBytes(key + Guid), hash);
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }

    /// <summary>Writes the complete response that switches protocols.</summary>
    public static void WriteResponse(IBufferWriter<byte> output, string key)
    {
        output.Write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: "u8);
        Encoding.ASCII.GetBytes(Accept(key), output);
        output.Write("\r\n\r\n"u8);
    }
}
