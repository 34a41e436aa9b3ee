using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Access;

/// <summary>
/// Checks that a token's audience is meant for a request. The host must be one of <c>Gateway:Endpoints</c>, or the request's own if none
/// is set; scheme and port are not compared, because TLS may end before the gateway and the SDKs leave the port out
/// (docs/contract/tokens.md#urls-and-audiences).
/// </summary>
internal sealed partial class Audiences
{
    private readonly (string Host, string[] Base)[] _endpoints;
    private readonly ILogger<Audiences> _logger;

    public Audiences(IOptions<AccessOptions> options, ILogger<Audiences> logger)
    {
        _endpoints = [.. options.Value.Endpoints.Select(static endpoint => (new Uri(endpoint).Host, PublicAddresses.BaseOf(endpoint)))];
        _logger = logger;
    }

    /// <summary>
    /// Returns true for <c>{scheme}://{host}[:{port}][/{base path}]/client[/]?hub={hub}</c>, with the hub compared without case.
    /// </summary>
    public bool IsForClient(string audience, in RequestAddress address, HubName hub) =>
        IsOurs(audience, address, named => named is { Error: null, Segments: ["client"] } && QueryNamesHub(named.Query, hub));

    /// <summary>
    /// Returns true for the request's URL up to the path, without a trailing slash; for the hub's own path, as old tools of v1 sign; and for
    /// <c>/admin</c> with the whole admin API, which a dashboard calls too often to sign for each address. Decoded segments are compared,
    /// with case. An audience with a query must name the same application; one without a query, as newer SDKs sign, leaves it open
    /// (docs/contract/tokens.md#rest-token).
    /// </summary>
    /// <param name="audience">One <c>aud</c> value.</param>
    /// <param name="address">The address that the request came to.</param>
    /// <param name="target">The request's path, without a base path.</param>
    /// <param name="application">The application in the request's query, which makes it another hub; null without one.</param>
    public bool IsForRest(string audience, in RequestAddress address, RequestTarget target, string? application) =>
        IsOurs(audience, address, named => named.Error is null
            && (IsSame(named, target) || IsHubRoot(named.Segments, target.Segments) || IsAdminRoot(named.Segments, target.Segments))
            && (named.Query.Length == 0 || QueryNamesApplication(named.Query, application)));

    // Only paths of v1-preview contain lists.
    private static bool IsSame(RequestTarget named, RequestTarget actual) =>
        named.IsSamePath(actual) && (named.Segments is not [_, "v1-preview", ..] || named.HasSameLists(actual));

    // /api/v1/hubs/chat is valid for all paths below it.
    private static bool IsHubRoot(ReadOnlySpan<string> named, ReadOnlySpan<string> actual) =>
        named is ["api", "v1", "hubs", { Length: > 0 }] && actual.Length > named.Length && actual.StartsWith(named);

    private static bool IsAdminRoot(ReadOnlySpan<string> named, ReadOnlySpan<string> actual) =>
        named is ["admin"] && actual.Length > named.Length && actual.StartsWith(named);

    private static bool QueryNamesHub(string query, HubName hub)
    {
        const string Key = "?hub=";
        return query.StartsWith(Key, StringComparison.OrdinalIgnoreCase)
            && string.Equals(Uri.UnescapeDataString(query[Key.Length..]), hub.Value, StringComparison.OrdinalIgnoreCase);
    }

    private static bool QueryNamesApplication(string query, string? application) =>
        string.Equals(QueryHelpers.ParseQuery(query).GetValueOrDefault("application").FirstOrDefault() ?? "", application ?? "", StringComparison.OrdinalIgnoreCase);

    // The path may have the base path of the host's endpoint, that of the request, or none: a proxy may remove it from the request, and the
    // SDKs leave it out of audiences.
    private bool IsOurs(string audience, in RequestAddress address, Func<RequestTarget, bool> isNamed)
    {
        if (!TryHost(audience, out var host) || !IsOurHost(host, address.Host))
        {
            return false;
        }

        var named = RequestTarget.Parse(audience);
        if (isNamed(named))
        {
            return true;
        }

        // A proxy may pass on a prefix that the caller chose: with /api/hubs/chat/groups, a token for the group 'admin' would be valid
        // for /admin.
        if (!PublicAddresses.IsOwn(address.Base) && named.TryStrip(address.Base, out var below) && isNamed(below))
        {
            return true;
        }

        foreach (var endpoint in _endpoints)
        {
            if (IsSameHost(host, endpoint.Host) && named.TryStrip(endpoint.Base, out below) && isNamed(below))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryHost(string audience, out string host)
    {
        var isUrl = Uri.TryCreate(audience, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";
        host = isUrl ? uri!.Host : "";
        return isUrl;
    }

    private bool IsOurHost(string host, string requestHost)
    {
        if (_endpoints.Length == 0)
        {
            return IsSameHost(host, requestHost);
        }

        foreach (var endpoint in _endpoints)
        {
            if (IsSameHost(host, endpoint.Host))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsSameHost(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
