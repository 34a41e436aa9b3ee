using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;
using BadRequest = Microsoft.AspNetCore.Http.BadHttpRequestException;
using KestrelMethod = Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http.HttpMethod;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>
/// Reads the head of a WebSocket upgrade to /client with Kestrel's own parser. It accepts only the plain case: one whole HTTP/1.1 request
/// head without a body, in the first bytes of the connection, of CRLF lines of printable ASCII, with each relevant header once. Kestrel
/// handles every other head, so the gateway accepts no head here that Kestrel would refuse.
/// </summary>
internal sealed class UpgradeRequest : IHttpRequestLineHandler, IHttpHeadersHandler
{
    private static readonly HttpParser<UpgradeRequest> Parser = new();

    // Larger heads, and those with more headers, are left to HTTP and its limits.
    private const int MaxHeadBytes = 16 * 1024;
    private const int MaxHeaders = 100;

    private static readonly SearchValues<byte> LineBytes = SearchValues.Create([(byte)'\t', .. Enumerable.Range(0x20, 0x5F).Select(static code => (byte)code)]);

    // token   RFC 9110 §5.6.2
    private static readonly SearchValues<byte> NameBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    // Kestrel allows more characters in hosts.
    private static readonly SearchValues<byte> HostBytes =
        SearchValues.Create("-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> AddressBytes = SearchValues.Create(".0123456789:ABCDEFabcdef"u8);

    private byte[][]? _basePaths;
    private int _headers;
    private Seen _seen;
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

    /// <summary>The start of the request in the buffer.</summary>
    public SequencePosition Start { get; private set; }

    /// <summary>The end of the request's head in the buffer.</summary>
    public SequencePosition End { get; private set; }

    /// <summary>Reads a whole request head; returns false where HTTP must handle the request.</summary>
    /// <param name="buffer">The connection's first bytes.</param>
    /// <param name="request">The head, on success.</param>
    /// <param name="basePaths">The paths of endpoints, such as <c>/signalr</c>, that requests may have before <c>/client</c>.</param>
    public static bool TryParse(ReadOnlySequence<byte> buffer, out UpgradeRequest request, byte[][]? basePaths = null)
    {
        request = null!;
        if (!buffer.FirstSpan.StartsWith("GET "u8)
            || !WithoutBase(buffer.FirstSpan[4..], basePaths).StartsWith("/client"u8)
            || buffer.Length > MaxHeadBytes)
        {
            return false;
        }

        var parsed = new UpgradeRequest { Start = buffer.Start, _basePaths = basePaths };
        try
        {
            var reader = new SequenceReader<byte>(buffer);
            if (!Parser.ParseRequestLine(parsed, ref reader) || !Parser.ParseHeaders(parsed, ref reader))
            {
                return false;
            }

            parsed.End = reader.Position;
            parsed._isOdd |= !IsPlain(buffer.Slice(parsed.Start, parsed.End));
        }
        catch (BadRequest)
        {
            // HTTP reads the head again and answers it.
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
        _isOdd |= target.ContainsAnyExceptInRange((byte)'!', (byte)'~');
        var question = target.IndexOf((byte)'?');
        var path = WithoutBase(question < 0 ? target : target[..question], _basePaths);

        // The two spellings that RequestTarget does not change; HTTP serves the others.
        _isForClients = path.SequenceEqual("/client/"u8) || path.SequenceEqual("/client"u8);
        Query = question < 0 ? "" : Encoding.Latin1.GetString(target[question..]);
    }

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        _isOdd |= ++_headers > MaxHeaders || name.ContainsAnyExcept(NameBytes);
        if (Is(name, "host"u8))
        {
            Take(Seen.Host);
            _isOdd |= !IsHost(value);
            Host = new HostString(Encoding.Latin1.GetString(value)).Host;
        }
        else if (Is(name, "connection"u8))
        {
            Take(Seen.Connection);
            _upgrades = ContainsUpgrade(value);
        }
        else if (Is(name, "upgrade"u8))
        {
            Take(Seen.Upgrade);
            _isWebSocket = Is(value, "websocket"u8);
        }
        else if (Is(name, "sec-websocket-key"u8))
        {
            Take(Seen.Key);
            Key = Encoding.Latin1.GetString(value);
        }
        else if (Is(name, "sec-websocket-version"u8))
        {
            Take(Seen.Version);
            _isVersion13 = value.SequenceEqual("13"u8);
        }
        else if (Is(name, "authorization"u8))
        {
            Take(Seen.Authorization);
            Authorization = Encoding.Latin1.GetString(value);
        }
        else if (Is(name, "origin"u8))
        {
            Take(Seen.Origin);
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

    // Accepts a base path only as it is configured; HTTP serves its other spellings.
    private static ReadOnlySpan<byte> WithoutBase(ReadOnlySpan<byte> target, byte[][]? basePaths)
    {
        foreach (var path in basePaths ?? [])
        {
            if (target.StartsWith(path) && target[path.Length..] is [(byte)'/', ..])
            {
                return target[path.Length..];
            }
        }

        return target;
    }

    // True without control characters other than tabs, without a CR or LF inside a line, and without folded lines.
    private static bool IsPlain(ReadOnlySequence<byte> head)
    {
        var reader = new SequenceReader<byte>(head);
        while (reader.TryReadTo(out ReadOnlySpan<byte> line, "\r\n"u8))
        {
            if (line.ContainsAnyExcept(LineBytes) || line is [(byte)' ' or (byte)'\t', ..])
            {
                return false;
            }
        }

        return reader.End;
    }

    // "name", "name:80", "[::1]:80"
    private static bool IsHost(ReadOnlySpan<byte> value)
    {
        var isAddress = value is [(byte)'[', ..];
        var end = isAddress ? value.IndexOf((byte)']') : value.IndexOf((byte)':');
        end = end < 0 && !isAddress ? value.Length : end;
        if (end <= (isAddress ? 1 : 0) || value[(isAddress ? 1 : 0)..end].ContainsAnyExcept(isAddress ? AddressBytes : HostBytes))
        {
            return false;
        }

        var rest = value[(isAddress ? end + 1 : end)..];
        return rest.IsEmpty || (rest[0] == ':' && IsPort(rest[1..]));
    }

    private static bool IsPort(ReadOnlySpan<byte> value) => value.Length is > 0 and <= 5 && !value.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    private void Take(Seen header)
    {
        _isOdd |= _seen.HasFlag(header);
        _seen |= header;
    }

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

    /// <summary>The headers that a head may have only once.</summary>
    [Flags]
    private enum Seen
    {
        None = 0,
        Host = 1,
        Connection = 2,
        Upgrade = 4,
        Key = 8,
        Version = 16,
        Authorization = 32,
        Origin = 64,
    }
}
