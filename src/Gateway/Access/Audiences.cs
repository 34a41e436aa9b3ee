using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Access;

/// <summary>
/// Whether a token's audience is meant for a request. The host must be one of <c>Gateway:Endpoints</c>, or the request's own if none
/// is set; scheme and port are not compared, because TLS may end before the gateway and the SDKs leave the port out (auth.md §3, §4).
/// </summary>
internal sealed class Audiences
{
    private readonly string[] _hosts;

    public Audiences(IOptions<AccessOptions> options) =>
        _hosts = [.. options.Value.Endpoints.Select(endpoint => new Uri(endpoint).Host)];

    /// <summary><c>{scheme}://{host}[:{port}]/client[/]?hub={hub}</c>, hub compared without case.</summary>
    public bool IsForClient(string audience, string requestHost, HubName hub) =>
        IsOurs(audience, requestHost)
        && RequestTarget.Parse(audience) is { Error: null, Segments: ["client"] } named
        && QueryNamesHub(named.Query, hub);

    /// <summary>
    /// The request's URL up to the path, a trailing slash aside; or, for the old tools of v1, the hub's own path; or <c>/admin</c> for all
    /// of the admin API, which a dashboard calls too often to sign for each address. Decoded segments are compared, with case. An audience
    /// with a query names the application too, or none; one without a query leaves it open, as the newer SDKs sign (auth.md §4).
    /// </summary>
    /// <param name="audience">One <c>aud</c> value.</param>
    /// <param name="requestHost">Host name the request came to, no port.</param>
    /// <param name="target">The path it came to.</param>
    /// <param name="application">The application that the request's query names, which makes it another hub; null if none.</param>
    public bool IsForRest(string audience, string requestHost, RequestTarget target, string? application) =>
        IsOurs(audience, requestHost)
        && RequestTarget.Parse(audience) is { Error: null } named
        && (IsSame(named, target) || IsHubRoot(named.Segments, target.Segments) || IsAdminRoot(named.Segments, target.Segments))
        && (named.Query.Length == 0 || QueryNamesApplication(named.Query, application));

    // Only v1-preview has lists in its paths.
    private static bool IsSame(RequestTarget named, RequestTarget actual) =>
        named.IsSamePath(actual) && (named.Segments is not [_, "v1-preview", ..] || named.HasSameLists(actual));

    // /api/v1/hubs/chat signs for everything below it.
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

    private bool IsOurs(string audience, string requestHost) =>
        Uri.TryCreate(audience, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && IsOurHost(uri.Host, requestHost);

    private bool IsOurHost(string host, string requestHost)
    {
        if (_hosts.Length == 0)
        {
            return string.Equals(host, requestHost, StringComparison.OrdinalIgnoreCase);
        }

        foreach (var known in _hosts)
        {
            if (string.Equals(host, known, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
