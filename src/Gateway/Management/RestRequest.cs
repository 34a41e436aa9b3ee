using Microsoft.AspNetCore.Http.Features;

namespace Serverless.Gateway.Management;

/// <summary>
/// A request's path, split as it was sent and each segment decoded once, so that no name can change which operation it is: a group
/// named <c>a/b</c> is <c>a%2Fb</c> on the wire and one segment here. (<c>HttpRequest.Path</c> has decoded already.)
/// </summary>
internal readonly struct RestRequest
{
    private const string Version1 = "v1";

    private RestRequest(string rawPath, string[] segments, bool isVersion1)
    {
        RawPath = rawPath;
        Segments = segments;
        IsVersion1 = isVersion1;
    }

    /// <summary>The path as sent, without query; what a token's audience names.</summary>
    public string RawPath { get; }

    /// <summary>Decoded segments behind <c>/api</c> or <c>/api/v1</c>.</summary>
    public string[] Segments { get; }

    /// <summary>The request has the form <c>/api/v1/…</c>.</summary>
    public bool IsVersion1 { get; }

    public static RestRequest From(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

        // A proxy may send the absolute form.
        var path = target.StartsWith('/') ? target : new Uri(target).GetComponents(UriComponents.Path | UriComponents.KeepDelimiter, UriFormat.UriEscaped);
        var end = path.AsSpan().IndexOfAny('?', '#');
        path = end < 0 ? path : path[..end];
        var raw = path.TrimStart('/').Split('/');
        var isVersion1 = raw.Length > 1 && raw[1] == Version1;
        var segments = raw[(isVersion1 ? 2 : 1)..];
        if (segments.Length > 0 && segments[^1].Length == 0)
        {
            segments = segments[..^1];
        }

        for (var i = 0; i < segments.Length; i++)
        {
            segments[i] = Uri.UnescapeDataString(segments[i]);
        }

        return new RestRequest(path, segments, isVersion1);
    }
}
