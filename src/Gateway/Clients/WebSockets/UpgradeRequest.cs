using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;
using BadRequest = Microsoft.AspNetCore.Http.BadHttpRequestException;
using KestrelMethod = Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http.HttpMethod;

namespace Serverless.Gateway.Clients.WebSockets;

/// <summary>
/// The head of a WebSocket upgrade to /client, read by Kestrel's own parser. Only the plain case counts: one whole HTTP/1.1 request head
/// without a body, in the first bytes of the connection.
/// </summary>
internal sealed class UpgradeRequest : IHttpRequestLineHandler, IHttpHeadersHandler
{
    private static readonly HttpParser<UpgradeRequest> Parser = new();

    // What is larger, or has more headers, is left to HTTP and its limits.
    private const int MaxHeadBytes = 16 * 1024;
    private const int MaxHeaders = 100;

    private int _headers;
    private bool _isGet;
    private bool _isForClients;
    private bool _upgrades;
    private bool _isWebSocket;
    private bool _isVersion13;
    private bool _isOdd;

    public string Query { get; private set; } = "";

    /// <summary>The host without its port.</summary>
    public string Host { get; private set; } = "";

    public string? Key { get; private set; }

    public string? Authorization { get; private set; }

    public string? Origin { get; private set; }

    /// <summary>Where the request began.</summary>
    public SequencePosition Start { get; private set; }

    /// <summary>Where it ended.</summary>
    public SequencePosition End { get; private set; }

    public static bool TryParse(ReadOnlySequence<byte> buffer, out UpgradeRequest request)
    {
        request = null!;
        if (!buffer.FirstSpan.StartsWith("GET /client"u8) || buffer.Length > MaxHeadBytes)
        {
            return false;
        }

        var parsed = new UpgradeRequest { Start = buffer.Start };
        try
        {
            var reader = new SequenceReader<byte>(buffer);
            if (!Parser.ParseRequestLine(parsed, ref reader) || !Parser.ParseHeaders(parsed, ref reader))
            {
                return false;
            }

            parsed.End = reader.Position;
        }
        catch (BadRequest)
        {
            // HTTP answers it.
            return false;
        }

        request = parsed;
        return parsed is { _isGet: true, _isForClients: true, _upgrades: true, _isWebSocket: true, _isVersion13: true, _isOdd: false }
            && parsed.Host.Length > 0;
    }

    public void OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine)
    {
        _isGet = versionAndMethod is { Method: KestrelMethod.Get, Version: HttpVersion.Http11 };
        var target = startLine[targetPath.Offset..];
        var end = target.IndexOf((byte)' ');
        target = end < 0 ? target : target[..end];
        _isOdd |= !Ascii.IsValid(target);
        var question = target.IndexOf((byte)'?');
        var path = question < 0 ? target : target[..question];
        _isForClients = path.SequenceEqual("/client/"u8) || path.SequenceEqual("/client"u8);
        Query = question < 0 ? "" : Encoding.Latin1.GetString(target[question..]);
    }

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        _isOdd |= ++_headers > MaxHeaders;
        if (Is(name, "host"u8))
        {
            _isOdd |= Host.Length > 0;
            Host = new HostString(Encoding.Latin1.GetString(value)).Host;
        }
        else if (Is(name, "connection"u8))
        {
            _upgrades = ContainsUpgrade(value);
        }
        else if (Is(name, "upgrade"u8))
        {
            _isWebSocket = Is(value, "websocket"u8);
        }
        else if (Is(name, "sec-websocket-key"u8))
        {
            _isOdd |= Key is not null;
            Key = Encoding.Latin1.GetString(value);
        }
        else if (Is(name, "sec-websocket-version"u8))
        {
            _isVersion13 = value.SequenceEqual("13"u8);
        }
        else if (Is(name, "authorization"u8))
        {
            _isOdd |= Authorization is not null;
            Authorization = Encoding.Latin1.GetString(value);
        }
        else if (Is(name, "origin"u8))
        {
            _isOdd |= Origin is not null;
            Origin = Encoding.Latin1.GetString(value);
        }
        else if (Is(name, "content-length"u8) || Is(name, "transfer-encoding"u8) || Is(name, "expect"u8))
        {
            _isOdd = true;
        }
    }

    public void OnHeadersComplete(bool endStream)
    {
    }

    public void OnStaticIndexedHeader(int index) => throw new NotSupportedException("HTTP/1.1 has no indexed headers.");

    public void OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value) =>
        throw new NotSupportedException("HTTP/1.1 has no indexed headers.");

    // "Upgrade", or a list such as "keep-alive, Upgrade".
    private static bool ContainsUpgrade(ReadOnlySpan<byte> value)
    {
        foreach (var range in value.Split((byte)','))
        {
            if (Is(value[range].Trim((byte)' '), "upgrade"u8))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower) => Ascii.EqualsIgnoreCase(text, lower);
}
