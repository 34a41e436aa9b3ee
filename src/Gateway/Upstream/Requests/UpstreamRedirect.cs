using System.Globalization;

namespace Serverless.Gateway.Upstream.Requests;

/// <summary>
/// The rules for an upstream's redirects. One to the same host is followed as .NET's HTTP client follows it; one to another host is not, because
/// the request's signatures, claims, token and body are for the configured upstream alone.
/// </summary>
internal static class UpstreamRedirect
{
    /// <summary>Redirects that one call follows. The answer to the last is then the call's own.</summary>
    public const int MaxHops = 10;

    /// <summary>Where an answer redirects to; null if it does not.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="from">The address that gave it.</param>
    public static Uri? TargetOf(HttpResponseMessage response, Uri from) =>
        (int)response.StatusCode is 300 or 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location
            ? location.IsAbsoluteUri ? location : new Uri(from, location)
            : null;

    /// <summary>
    /// Whether a request may go on to an address: scheme, host and port are the same, or it is the same host's change from http to https at the
    /// usual ports.
    /// </summary>
    public static bool IsSameHost(Uri from, Uri to) =>
        string.Equals(from.IdnHost, to.IdnHost, StringComparison.OrdinalIgnoreCase)
        && ((from.Scheme == to.Scheme && from.Port == to.Port)
            || (from.Scheme == Uri.UriSchemeHttp && to.Scheme == Uri.UriSchemeHttps && from.IsDefaultPort && to.IsDefaultPort));

    /// <summary>Whether the request stays a POST with its body. As .NET's HTTP client, and browsers, the older statuses make it a GET.</summary>
    public static bool KeepsBody(int status) => status is 307 or 308;

    /// <summary>The error of a redirect to another host. Paths and queries may hold secrets and are left out.</summary>
    public static string Refusal(Uri from, Uri to) =>
        $"{HostOf(from)} redirects to {HostOf(to)}, and events are not sent to another host; set the template's URL to the final address";

    private static string HostOf(Uri uri) => string.Create(CultureInfo.InvariantCulture, $"{uri.Scheme}://{uri.IdnHost}:{uri.Port}");
}
