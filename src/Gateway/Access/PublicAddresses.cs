using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Access;

/// <summary>
/// Provides the addresses under which callers reach the gateway: <c>Gateway:Endpoints</c>, else the request's own. An endpoint may have a
/// path, which a proxy removes from requests or leaves in them.
/// </summary>
internal sealed class PublicAddresses
{
    // The first segments of the gateway's own paths.
    private static readonly string[] OwnSegments = ["api", "client", "server", "admin", "dashboard", "health", "metrics"];

    private readonly string[][] _basePaths;

    public PublicAddresses(IOptions<AccessOptions> options)
    {
        var endpoints = options.Value.Endpoints;
        First = endpoints.Count == 0 ? null : endpoints[0].TrimEnd('/');
        _basePaths = [.. endpoints.Select(BaseOf).Where(static path => path.Length > 0).OrderByDescending(static path => path.Length)];
    }

    /// <summary>Gets the first endpoint, without a trailing slash; null if none is set.</summary>
    public string? First { get; }

    /// <summary>Gets the base paths of endpoints as they appear in requests, such as <c>/signalr</c>.</summary>
    public IEnumerable<string> BasePaths => _basePaths.Select(PathOf);

    /// <summary>Returns the decoded segments of an endpoint's path.</summary>
    public static string[] BaseOf(string endpoint) => RequestTarget.Parse(new Uri(endpoint).AbsolutePath).Segments.ToArray();

    /// <summary>Returns true when an endpoint's path begins like one of the gateway's own.</summary>
    public static bool IsOwn(ReadOnlySpan<string> basePath) =>
        basePath is [var first, ..] && OwnSegments.Contains(first, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Removes the base path from a request's target: that of an endpoint, or the one that a trusted proxy names in <c>X-Forwarded-Prefix</c>
    /// and has left in the path.
    /// </summary>
    public RequestTarget Below(HttpRequest request, RequestTarget target)
    {
        foreach (var path in _basePaths)
        {
            if (target.TryStrip(path, out var below))
            {
                request.PathBase = PathOf(path);
                return below;
            }
        }

        return RequestAddress.BaseOf(request) is var forwarded && !IsOwn(forwarded) && target.TryStrip(forwarded, out var rest) ? rest : target;
    }

    /// <summary>Returns the address that links begin with, without a trailing slash: the first endpoint, else the request's own.</summary>
    public string LinkBase(HttpRequest request) =>
        First ?? $"{request.Scheme}://{request.Host}{request.PathBase.ToUriComponent().TrimEnd('/')}";

    private static string PathOf(string[] segments) => string.Concat(segments.Select(static segment => $"/{segment}"));
}
