using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Features;

namespace Serverless.Gateway.Addressing;

/// <summary>
/// Represents the path of an HTTP request, or of a token's audience: split as it was sent, each segment decoded once. Routing, checks and
/// logs all read these segments, so the path that is authorised is the one that is executed.
/// </summary>
/// <remarks>
/// A segment is a name and may contain any character except NUL: <c>a%2Fb</c> is one segment, <c>a/b</c>. Kestrel's <c>HttpRequest.Path</c>
/// interprets the same bytes differently: <c>..</c> removed, <c>%2F</c> kept, all of it decoded in the absolute form.
/// </remarks>
internal sealed class RequestTarget
{
    private const string DotSegment = "The path has a '.' or '..' segment. Leave it out; a name that is '.' or '..' cannot stand in a path.";
    private const string BadCharacter = "The path has a backslash, a '#' or a control character. Percent-encode it.";
    private const string BadEncoding = "The path is not valid percent-encoded UTF-8. Encode each name as UTF-8, a '%' in it as %25; NUL is not allowed.";
    private const string TooMany = "The path has more than 64 segments.";
    private const string BadUrl = "The request target is not an http or https URL with a host.";

    // The API's longest path has nine segments. A request line of slashes must not cost an array of its length.
    private const int MaxSegments = 64;

    // RFC 3986 allows none of them in a path. Some proxies and URL parsers read a backslash as a slash.
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(static code => (char)code), '\u007f', '\\', '#']);

    private readonly string[] _segments;
    private readonly string[] _raw;

    private RequestTarget(string[] segments, string[] raw, string routedPath, string query)
    {
        _segments = segments;
        _raw = raw;
        RoutedPath = routedPath;
        Query = query;
    }

    private RequestTarget(string error, string[] segments)
        : this(segments, segments, "", "") => Error = error;

    /// <summary>Gets the reason why the target is refused, in words for its sender; null if it is accepted.</summary>
    public string? Error { get; }

    /// <summary>
    /// Gets the decoded segments, without the empty one after a trailing slash. A refused target has those before the fault.
    /// </summary>
    public ReadOnlySpan<string> Segments => _segments;

    /// <summary>
    /// Gets the path for <c>HttpRequest.Path</c>: decoded, but with <c>%25</c> and <c>%2F</c> for the percent signs and slashes in segments. Two
    /// targets have equal paths if and only if they have equal segments and both or neither end in a slash.
    /// </summary>
    public string RoutedPath { get; }

    /// <summary>Gets the path in canonical percent-encoding, for logs and links.</summary>
    public string Path => new PathString(RoutedPath).ToUriComponent();

    /// <summary>Gets the query as sent, including the question mark; empty without one.</summary>
    public string Query { get; }

    /// <summary>Returns the target of a request that has passed the first middleware.</summary>
    public static RequestTarget Of(HttpContext context) => context.Features.GetRequiredFeature<RequestTarget>();

    /// <summary>
    /// Parses the origin form (<c>/path?query</c>) or the absolute form (<c>http://host/path?query</c>). The forms without a path
    /// (<c>*</c>, <c>host:port</c>) have no segments and match no route.
    /// </summary>
    public static RequestTarget Parse(string target)
    {
        if (!target.StartsWith('/') && !HasScheme(target))
        {
            return new RequestTarget([], [], "", "");
        }

        var start = PathStart(target);
        if (start < 0)
        {
            return new RequestTarget(BadUrl, []);
        }

        var length = target.AsSpan(start).IndexOf('?');
        var path = length < 0 ? target[start..] : target.Substring(start, length);
        return ParsePath(path, length < 0 ? "" : target[(start + length)..]);
    }

    /// <summary>Returns true when both name the same path. A trailing slash is ignored.</summary>
    public bool IsSamePath(RequestTarget other) => _segments.AsSpan().SequenceEqual(other._segments);

    /// <summary>Returns true when the segments of both are equal as lists too: a separating comma differs from an encoded one.</summary>
    public bool HasSameLists(RequestTarget other) =>
        _segments.Length == other._segments.Length && !_segments.Where((_, i) => !ListAt(i).SequenceEqual(other.ListAt(i))).Any();

    /// <summary>
    /// Returns true when the path is in a part of the API. Compared without case, as ASP.NET Core's routing compares literals.
    /// </summary>
    public bool IsUnder(string first) => _segments is [var segment, ..] && string.Equals(segment, first, StringComparison.OrdinalIgnoreCase);

    /// <summary>Removes a base path, compared without case, as ASP.NET Core compares one.</summary>
    /// <param name="basePath">The base path's decoded segments.</param>
    /// <param name="below">The target below the base path.</param>
    /// <returns>False if the target is not below the base path, and always without one.</returns>
    public bool TryStrip(ReadOnlySpan<string> basePath, out RequestTarget below)
    {
        below = this;
        if (basePath.IsEmpty || _segments.Length < basePath.Length)
        {
            return false;
        }

        for (var i = 0; i < basePath.Length; i++)
        {
            if (!string.Equals(_segments[i], basePath[i], StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        var segments = _segments[basePath.Length..];
        below = Error is null
            ? new RequestTarget(segments, _raw[basePath.Length..], PathBelow(basePath.Length), Query)
            : new RequestTarget(Error, segments);
        return true;
    }

    // Each segment is preceded by one slash and contains none.
    private string PathBelow(int segments)
    {
        var start = 0;
        for (; segments > 0 && start >= 0; segments--)
        {
            start = RoutedPath.IndexOf('/', start + 1);
        }

        return start < 0 ? "" : RoutedPath[start..];
    }

    /// <summary>Returns the list in one segment: split at its commas as sent, then each name decoded.</summary>
    public string[] ListAt(int segment) => [.. _raw[segment].Split(',').Select(static name => Decode(name) ?? "")];

    private static RequestTarget ParsePath(string path, string query)
    {
        if (path.AsSpan().Count('/') > MaxSegments)
        {
            return new RequestTarget(TooMany, []);
        }

        var raw = path.Length == 0 ? [] : path[1..].Split('/');
        if (raw is [.., ""])
        {
            raw = raw[..^1];
        }

        var isEncoded = path.Contains('%');
        var segments = isEncoded ? new string[raw.Length] : raw;
        for (var i = 0; i < raw.Length; i++)
        {
            if (Fault(raw[i], out var segment) is { } error)
            {
                return new RequestTarget(error, segments[..i]);
            }

            segments[i] = segment;
        }

        return new RequestTarget(segments, raw, isEncoded ? Routed(segments, path.EndsWith('/')) : path.Length == 0 ? "/" : path, query);
    }

    private static string? Fault(string raw, out string segment)
    {
        segment = "";
        if (raw.AsSpan().ContainsAny(Forbidden))
        {
            return BadCharacter;
        }

        if (Decode(raw) is not { } decoded)
        {
            return BadEncoding;
        }

        segment = decoded;
        return decoded is "." or ".." ? DotSegment : null;
    }

    // Null if an escape is incomplete or NUL, or if the bytes are not UTF-8; overlong forms are not.
    private static string? Decode(string raw)
    {
        if (!raw.Contains('%'))
        {
            return raw;
        }

        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(raw.Length)];
        var length = 0;
        for (var i = 0; i < raw.Length;)
        {
            if (raw[i] != '%')
            {
                var end = raw.IndexOf('%', i);
                end = end < 0 ? raw.Length : end;
                length += Encoding.UTF8.GetBytes(raw.AsSpan(i, end - i), bytes.AsSpan(length));
                i = end;
            }
            else if (i + 2 < raw.Length
                && byte.TryParse(raw.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                && value != 0)
            {
                bytes[length++] = value;
                i += 3;
            }
            else
            {
                return null;
            }
        }

        return Utf8.IsValid(bytes.AsSpan(0, length)) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }

    private static string Routed(string[] segments, bool endsInSlash)
    {
        var path = new StringBuilder();
        foreach (var segment in segments)
        {
            var start = path.Append('/').Length;
            path.Append(segment).Replace("%", "%25", start, segment.Length);
            path.Replace("/", "%2F", start, path.Length - start);
        }

        return path.Append(endsInSlash ? "/" : "").ToString();
    }

    private static bool HasScheme(string target) =>
        target.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || target.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    // The index where the path starts: the end or the question mark if it is empty, -1 without a host.
    private static int PathStart(string target)
    {
        if (target[0] == '/')
        {
            return 0;
        }

        var host = target.IndexOf("//", StringComparison.Ordinal) + 2;
        var length = target.AsSpan(host).IndexOfAny("/?#\\");
        return length switch
        {
            0 => -1,
            < 0 => host < target.Length ? target.Length : -1,
            _ => target[host + length] is '/' or '?' ? host + length : -1,
        };
    }
}
