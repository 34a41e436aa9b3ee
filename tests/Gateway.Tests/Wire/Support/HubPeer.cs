using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A client that writes WebSocket frames and hub messages by hand, valid or invalid as a test needs.</summary>
internal sealed class HubPeer : IAsyncDisposable
{
    public const string HandshakeKey = "dGhlIHNhbXBsZSBub25jZQ==";
    private const string HandshakeAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="; // RFC 6455 §1.3

    private readonly Queue<string> _messages = new();
    private byte[] _rest = [];

    private HubPeer(RawConnection connection, HubProtocol protocol)
    {
        Connection = connection;
        Protocol = protocol;
    }

    public RawConnection Connection { get; }

    public HubProtocol Protocol { get; }

    /// <summary>Returns the upgrade request.</summary>
    public static string UpgradeRequest(Uri gateway, string hub, string? token, string query = "", string path = "/client/") =>
        $"GET {path}?hub={hub}{query} HTTP/1.1\r\nHost: {gateway.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {HandshakeKey}\r\n"
        + (token is null ? "" : $"Authorization: Bearer {token}\r\n") + "\r\n";

    /// <summary>Negotiates and returns the connection token.</summary>
    public static async Task<string> NegotiateAsync(Uri gateway, string hub, string? token, string query) =>
        (await NegotiatedAsync(gateway, hub, token, query)).Token;

    /// <summary>Negotiates at one node and connects to another, or the same; returns the client and its connection id.</summary>
    public static async Task<(HubPeer Peer, string Id)> ConnectAsync(Uri negotiatesAt, Uri connectsTo, string hub, string token)
    {
        var (connectionToken, id) = await NegotiatedAsync(negotiatesAt, hub, token, "");
        return (await ConnectAsync(connectsTo, hub, token, HubProtocol.Json, $"&id={connectionToken}"), id);
    }

    private static async Task<(string Token, string Id)> NegotiatedAsync(Uri gateway, string hub, string? token, string query)
    {
        using var http = new HttpClient(MemoryNetwork.CreateHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, $"/client/negotiate?hub={hub}&negotiateVersion=1{query}"));
        request.Headers.Authorization = new("Bearer", token);
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return (answer.RootElement.GetProperty("connectionToken").GetString()!, answer.RootElement.GetProperty("connectionId").GetString()!);
    }

    /// <summary>Connects and upgrades, without the hub handshake.</summary>
    public static async Task<HubPeer> OpenAsync(Uri gateway, string hub, string? token, HubProtocol protocol, string query = "", int receiveBuffer = 0)
    {
        var connection = await RawConnection.OpenAsync(gateway, receiveBuffer);
        await connection.WriteAsync(UpgradeRequest(gateway, hub, token, query));
        return await UpgradedAsync(connection, protocol);
    }

    /// <summary>Reads the upgrade's response.</summary>
    public static async Task<HubPeer> UpgradedAsync(RawConnection connection, HubProtocol protocol)
    {
        var head = await connection.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        Assert.Contains($"Sec-WebSocket-Accept: {HandshakeAccept}\r\n", head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Upgrade: websocket\r\n", head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Connection: Upgrade\r\n", head, StringComparison.OrdinalIgnoreCase);
        return new HubPeer(connection, protocol);
    }

    public static async Task<HubPeer> ConnectAsync(
        Uri gateway, string hub, string? token, HubProtocol protocol, string query = "", int receiveBuffer = 0)
    {
        var peer = await OpenAsync(gateway, hub, token, protocol, query, receiveBuffer);
        await peer.ShakeHandsAsync();
        return peer;
    }

    public async Task ShakeHandsAsync(int version = 1)
    {
        await SendTextAsync($$"""{"protocol":"{{Protocol.Name}}","version":{{version}}}""" + "\x1e");
        Assert.Equal("{}", await NextHandshakeAsync());
    }

    /// <summary>Returns a client's frame, masked by default.</summary>
    public static byte[] Frame(
        WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool fin = true, bool masked = true, int reserved = 0, bool wideLength = false)
    {
        var frame = new List<byte> { (byte)((fin ? 0x80 : 0) | (reserved << 4) | (int)opcode) };
        var maskBit = masked ? 0x80 : 0;
        Span<byte> length = stackalloc byte[8];
        if (payload.Length > ushort.MaxValue || wideLength)
        {
            frame.Add((byte)(maskBit | 127));
            BinaryPrimitives.WriteInt64BigEndian(length, payload.Length);
            frame.AddRange(length);
        }
        else if (payload.Length > 125)
        {
            frame.Add((byte)(maskBit | 126));
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)payload.Length);
            frame.AddRange(length[..2]);
        }
        else
        {
            frame.Add((byte)(maskBit | payload.Length));
        }

        byte[] mask = [0x37, 0xFA, 0x21, 0x3D];
        if (masked)
        {
            frame.AddRange(mask);
        }

        var start = frame.Count;
        byte[] bytes = [.. frame, .. payload];
        for (var i = start; masked && i < bytes.Length; i++)
        {
            bytes[i] ^= mask[(i - start) & 3];
        }

        return bytes;
    }

    public Task SendFrameAsync(WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool fin = true) =>
        Connection.WriteAsync(Frame(opcode, payload, fin));

    public Task SendTextAsync(string text) => SendFrameAsync(WebSocketOpcode.Text, Encoding.UTF8.GetBytes(text));

    /// <summary>Sends one hub message, given as JSON text or MessagePack hex, without its framing.</summary>
    public Task SendAsync(string message) => Protocol.IsBinary
        ? SendFrameAsync(WebSocketOpcode.Binary, [.. LengthPrefix(message.Length / 2), .. Convert.FromHexString(message)])
        : SendTextAsync(message + "\x1e");

    /// <summary>Calls a hub method and returns the next hub message.</summary>
    public async Task<string> InvokeAsync(string target, string arguments = "[]", string id = "1")
    {
        await SendAsync($$"""{"type":1,"invocationId":"{{id}}","target":"{{target}}","arguments":{{arguments}}}""");
        return await NextAsync();
    }

    /// <summary>
    /// Reads the next item from the gateway: a hub message as JSON text or MessagePack hex, <c>pong:…</c>, <c>close:1000</c>, or <c>end</c>
    /// when the connection has ended. Hub pings are skipped.
    /// </summary>
    public async Task<string> NextAsync(bool withPings = false)
    {
        var limit = Waits.Limited();
        while (!limit.IsCancellationRequested)
        {
            while (_messages.TryDequeue(out var message))
            {
                if (withPings || message is not ("""{"type":6}""" or "9106"))
                {
                    return message;
                }
            }

            if (await ReadFrameAsync() is { } other)
            {
                return other;
            }
        }

        throw new TimeoutException($"Only pings were received within {Waits.Limit}.");
    }

    /// <summary>Reads the handshake response, which is JSON in both protocols.</summary>
    public async Task<string> NextHandshakeAsync()
    {
        var (first, payload) = await FrameAsync() ?? throw new EndOfStreamException("The connection ended before the handshake response.");
        Assert.InRange(first, 0x81, 0x82);
        var end = Array.IndexOf(payload, (byte)0x1E);
        _rest = payload[(end + 1)..];
        CutRest();
        return Encoding.UTF8.GetString(payload.AsSpan(0, end));
    }

    /// <summary>Reads all items up to the end of the connection, joined by spaces.</summary>
    public async Task<string> ToEndAsync()
    {
        var all = new List<string>();
        while (all.LastOrDefault() != "end")
        {
            all.Add(await NextAsync());
        }

        return string.Join(' ', all);
    }

    /// <summary>Closes the connection with a Close frame in each direction.</summary>
    public async Task CloseAsync()
    {
        await SendFrameAsync(WebSocketOpcode.Close, [0x03, 0xE8]);
        var rest = await ToEndAsync();
        Assert.EndsWith("close:1000 end", rest, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    /// <summary>Returns the length prefix of a MessagePack hub message.</summary>
    public static byte[] LengthPrefix(int length)
    {
        var prefix = new List<byte>();
        for (; length > 0x7F; length >>= 7)
        {
            prefix.Add((byte)(length | 0x80));
        }

        return [.. prefix, (byte)length];
    }

    // Returns null after a data frame, whose messages are in the queue.
    private async Task<string?> ReadFrameAsync()
    {
        if (await FrameAsync() is not var (first, payload))
        {
            return "end";
        }

        switch ((WebSocketOpcode)(first & 0x0F))
        {
            case WebSocketOpcode.Pong:
                return "pong:" + Encoding.UTF8.GetString(payload);
            case WebSocketOpcode.Close:
                return "close:" + (payload.Length < 2 ? "" : BinaryPrimitives.ReadUInt16BigEndian(payload).ToString());
            case var opcode:
                // Complete messages in complete WebSocket messages of the protocol's type: the JavaScript client accepts only these.
                Assert.Equal(0x80, first & 0xF0);
                Assert.Equal(Protocol.IsBinary ? WebSocketOpcode.Binary : WebSocketOpcode.Text, opcode);
                _rest = payload;
                CutRest();
                return null;
        }
    }

    private void CutRest()
    {
        while (Protocol.TryCut(_rest, 0, int.MaxValue, out var message, out var consumed))
        {
            _messages.Enqueue(Protocol.IsBinary ? Convert.ToHexStringLower(message) : Encoding.UTF8.GetString(message));
            _rest = _rest[consumed..];
        }

        Assert.Empty(_rest);
    }

    private async Task<(byte First, byte[] Payload)?> FrameAsync()
    {
        if (await Connection.TryReadAsync(2) is not { } head)
        {
            return null;
        }

        var (first, second) = (head.Span[0], head.Span[1]);
        Assert.Equal(0, second & 0x80);
        var length = second switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian((await Connection.ReadAsync(2)).Span),
            127 => (int)BinaryPrimitives.ReadInt64BigEndian((await Connection.ReadAsync(8)).Span),
            _ => second,
        };
        return (first, (await Connection.ReadAsync(length)).ToArray());
    }
}
