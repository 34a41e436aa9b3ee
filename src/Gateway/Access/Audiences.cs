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
        TryParse(audience, requestHost, out var uri)
        && uri.AbsolutePath is "/client/" or "/client"
        && QueryNamesHub(uri.Query, hub);

    /// <summary>
    /// The request's URL up to the path, a trailing slash and any query aside; or, for the old tools of v1, the hub's own path; or
    /// <c>/admin</c> for all of the admin API, which a dashboard calls too often to sign for each address.
    /// Percent-encoding is canonicalised before paths are compared.
    /// </summary>
    /// <param name="audience">One <c>aud</c> value.</param>
    /// <param name="requestHost">Host name the request came to, no port.</param>
    /// <param name="rawPath">The path as it was sent, percent-encoded.</param>
    public bool IsForRest(string audience, string requestHost, string rawPath)
    {
        if (!TryParse(audience, requestHost, out var uri))
        {
            return false;
        }

        var wanted = Canonical(RawPath(audience));
        var actual = Canonical(rawPath);
        return wanted == actual || IsHubRoot(wanted, actual) || IsAdminRoot(wanted, actual);
    }

    // Uri.AbsolutePath would collapse a segment that is named "..".
    private static string RawPath(string audience)
    {
        var path = audience.IndexOf('/', audience.IndexOf("://", StringComparison.Ordinal) + 3);
        var end = audience.AsSpan(Math.Max(path, 0)).IndexOfAny('?', '#');
        return path < 0 ? "" : end < 0 ? audience[path..] : audience.Substring(path, end);
    }

    private static bool IsHubRoot(string wanted, string actual)
    {
        // /api/v1/hubs/chat signs for everything below it.
        const string Start = "/api/v1/hubs/";
        return wanted.StartsWith(Start, StringComparison.Ordinal)
            && wanted.IndexOf('/', Start.Length) < 0
            && wanted.Length > Start.Length
            && actual.StartsWith(wanted + "/", StringComparison.Ordinal);
    }

    private static bool IsAdminRoot(string wanted, string actual) =>
        wanted == "/admin" && actual.StartsWith("/admin/", StringComparison.Ordinal);

    private static bool QueryNamesHub(string query, HubName hub)
    {
        const string Key = "?hub=";
        return query.StartsWith(Key, StringComparison.OrdinalIgnoreCase)
            && string.Equals(Uri.UnescapeDataString(query[Key.Length..]), hub.Value, StringComparison.OrdinalIgnoreCase);
    }

    // Each segment decoded and encoded again, so that %2f and %2F, ":" and "%3A" are the same; no segment can grow a slash.
    private static string Canonical(string path) =>
        string.Join('/', path.TrimEnd('/').Split('/').Select(segment => Uri.EscapeDataString(Uri.UnescapeDataString(segment))));

    private bool TryParse(string audience, string requestHost, out Uri uri) =>
        Uri.TryCreate(audience, UriKind.Absolute, out uri!)
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
