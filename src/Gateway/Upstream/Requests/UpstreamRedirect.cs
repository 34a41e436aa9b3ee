using System.Globalization;

namespace Serverless.Gateway.Upstream.Requests;

/// <summary>
/// Provides the rules for redirects of an upstream. A redirect to the same host is followed as .NET's HTTP client follows it. One to another
/// host is not followed, because the request's signatures, claims, token and body are only for the configured upstream.
/// </summary>
internal static class UpstreamRedirect
{
    /// <summary>The maximum of redirects that one call follows. The answer to the last one is the answer of the call.</summary>
    public const int MaxHops = 10;

    /// <summary>Returns the address that an answer redirects to; null if it is not a redirect.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="from">The address that returned it.</param>
    public static Uri? TargetOf(HttpResponseMessage response, Uri from) =>
        (int)response.StatusCode is 300 or 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location
            ? location.IsAbsoluteUri ? location : new Uri(from, location)
            : null;

    /// <summary>
    /// Returns true if a request may follow a redirect to an address: scheme, host and port are the same, or the host is the same and changes
    /// from http to https at the default ports.
    /// </summary>
    public static bool IsSameHost(Uri from, Uri to) =>
        string.Equals(from.IdnHost, to.IdnHost, StringComparison.OrdinalIgnoreCase)
        && ((from.Scheme == to.Scheme && from.Port == to.Port)
            || (from.Scheme == Uri.UriSchemeHttp && to.Scheme == Uri.UriSchemeHttps && from.IsDefaultPort && to.IsDefaultPort));

    /// <summary>Returns true if the request stays a POST with its body. Older statuses make it a GET, as in .NET's client and browsers.</summary>
    public static bool KeepsBody(int status) => status is 307 or 308;

    /// <summary>Returns the error for a redirect to another host. It omits paths and queries, which may contain secrets.</summary>
    public static string Refusal(Uri from, Uri to) =>
        $"{HostOf(from)} redirects to {HostOf(to)}, and events are not sent to another host; set the template's URL to the final address";

    private static string HostOf(Uri uri) => string.Create(CultureInfo.InvariantCulture, $"{uri.Scheme}://{uri.IdnHost}:{uri.Port}");
}
