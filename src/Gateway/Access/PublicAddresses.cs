using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Access;

/// <summary>
/// The addresses under which callers know the gateway: <c>Gateway:Endpoints</c>, else what the request says. An endpoint may have a path,
/// which a proxy takes off or leaves in requests.
/// </summary>
internal sealed class PublicAddresses
{
    // What the gateway's own paths begin with.
    private static readonly string[] OwnSegments = ["api", "client", "server", "admin", "dashboard", "health", "metrics"];

    private readonly string[][] _basePaths;

    public PublicAddresses(IOptions<AccessOptions> options)
    {
        var endpoints = options.Value.Endpoints;
        First = endpoints.Count == 0 ? null : endpoints[0].TrimEnd('/');
        _basePaths = [.. endpoints.Select(BaseOf).Where(static path => path.Length > 0).OrderByDescending(static path => path.Length)];
    }

    /// <summary>The first endpoint, without a trailing slash; null if none is set.</summary>
    public string? First { get; }

    /// <summary>The base paths of endpoints as requests spell them, such as <c>/signalr</c>.</summary>
    public IEnumerable<string> BasePaths => _basePaths.Select(PathOf);

    /// <summary>The decoded segments of an endpoint's path.</summary>
    public static string[] BaseOf(string endpoint) => RequestTarget.Parse(new Uri(endpoint).AbsolutePath).Segments.ToArray();

    /// <summary>Whether an endpoint's path could be taken for one of the gateway's own.</summary>
    public static bool IsOwn(ReadOnlySpan<string> basePath) =>
        basePath is [var first, ..] && OwnSegments.Contains(first, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Takes the base path off a request's target: that of an endpoint, or the one that a trusted proxy names in <c>X-Forwarded-Prefix</c> and
    /// has left in the path.
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

    /// <summary>The address that links begin with, without a trailing slash: the first endpoint, else the request's own.</summary>
    public string LinkBase(HttpRequest request) =>
        First ?? $"{request.Scheme}://{request.Host}{request.PathBase.ToUriComponent().TrimEnd('/')}";

    private static string PathOf(string[] segments) => string.Concat(segments.Select(static segment => $"/{segment}"));
}
