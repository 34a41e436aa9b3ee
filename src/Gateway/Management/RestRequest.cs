using Microsoft.AspNetCore.Http.Features;

namespace Serverless.Gateway.Management;

/// <summary>
/// A request's path, split as it was sent and each segment decoded once, so that no name can change which operation it is: a group
/// named <c>a/b</c> is <c>a%2Fb</c> on the wire and one segment here. (<c>HttpRequest.Path</c> has decoded already.)
/// </summary>
internal readonly struct RestRequest
{
    private readonly string[] _raw;

    private RestRequest(string rawPath, string[] raw, string[] segments, VersionSet version)
    {
        RawPath = rawPath;
        _raw = raw;
        Segments = segments;
        Version = version;
    }

    /// <summary>The path as sent, without query; what a token's audience names.</summary>
    public string RawPath { get; }

    /// <summary>Decoded segments behind <c>/api</c> or <c>/api/v1</c>.</summary>
    public string[] Segments { get; }

    /// <summary>Which form of the API the path has.</summary>
    public VersionSet Version { get; }

    /// <summary>The request has the form <c>/api/v1/…</c>, or its preview's.</summary>
    public bool IsVersion1 => Version != VersionSet.Dated;

    /// <summary>The same names in another form of the API.</summary>
    public RestRequest In(VersionSet version) => new(RawPath, _raw, Segments, version);

    /// <summary>A list in one segment: split at its commas, then each name decoded.</summary>
    public string[] NamesAt(int segment) => [.. _raw[segment].Split(',').Select(Uri.UnescapeDataString)];

    public static RestRequest From(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

        // A proxy may send the absolute form.
        var path = target.StartsWith('/') ? target : new Uri(target).GetComponents(UriComponents.Path | UriComponents.KeepDelimiter, UriFormat.UriEscaped);
        var end = path.AsSpan().IndexOfAny('?', '#');
        path = end < 0 ? path : path[..end];
        var raw = path.TrimStart('/').Split('/');
        var version = raw.Length < 2 ? VersionSet.Dated : raw[1] switch
        {
            "v1" => VersionSet.Version1,
            "v1-preview" => VersionSet.Preview,
            _ => VersionSet.Dated,
        };
        raw = raw[(version == VersionSet.Dated ? 1 : 2)..];
        var segments = raw.ToArray();
        if (segments.Length > 0 && segments[^1].Length == 0)
        {
            segments = segments[..^1];
        }

        for (var i = 0; i < segments.Length; i++)
        {
            segments[i] = Uri.UnescapeDataString(segments[i]);
        }

        return new RestRequest(path, raw, segments, version);
    }
}
