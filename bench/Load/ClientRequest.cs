using System.Text;

namespace Serverless.Load;

/// <summary>The upgrade request of each client. With a key, each client has a token of its own, so that no two are the same.</summary>
internal sealed class ClientRequest
{
    private readonly byte[] _head;
    private readonly byte[] _tail;
    private readonly TokenWriter? _tokens;

    /// <param name="path">The path and query.</param>
    /// <param name="port">The server's port.</param>
    /// <param name="tokens">The tokens, or null for a server that requires none.</param>
    internal ClientRequest(string path, int port, TokenWriter? tokens)
    {
        Port = port;
        _tokens = tokens;
        _head = Encoding.ASCII.GetBytes($"GET {path}{(tokens is null ? "" : $"{(path.Contains('?') ? '&' : '?')}access_token=")}");
        _tail = Encoding.ASCII.GetBytes(
            $" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    }

    internal int Port { get; }

    /// <summary>Writes a client's request and returns its length.</summary>
    internal int Write(Span<byte> request, int client)
    {
        _head.CopyTo(request);
        var length = _head.Length;
        length += _tokens?.Write(request[length..], client) ?? 0;
        _tail.CopyTo(request[length..]);
        return length + _tail.Length;
    }
}
