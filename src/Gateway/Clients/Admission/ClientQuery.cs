using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Serverless.Gateway.Clients.Admission;

/// <summary>Represents the query of a client's request. Names are compared without case; the raw pairs keep their order.</summary>
internal readonly struct ClientQuery
{
    /// <summary>
    /// The maximum length of the query for the upstream, in characters. With a target and a token's claims it stays below the 32 KiB that
    /// hosts accept for all headers.
    /// </summary>
    public const int MaxForUpstream = 8 * 1024;

    private ClientQuery(string? hub, int hubs, string? token, string? accessToken, string? negotiateVersion, bool wantsStatefulReconnect, bool isDiagnostic, string? forUpstream)
    {
        Hub = hub;
        HubCount = hubs;
        ConnectionToken = token;
        AccessToken = accessToken;
        NegotiateVersion = negotiateVersion;
        WantsStatefulReconnect = wantsStatefulReconnect;
        IsDiagnostic = isDiagnostic;
        ForUpstream = forUpstream;
    }

    /// <summary>The first <c>hub</c>.</summary>
    public string? Hub { get; }

    /// <summary>The number of times that <c>hub</c> occurs. A request must name it once.</summary>
    public int HubCount { get; }

    /// <summary><c>id</c>, the connection token; null if absent or empty.</summary>
    public string? ConnectionToken { get; }

    /// <summary>The last <c>access_token</c>.</summary>
    public string? AccessToken { get; }

    /// <summary><c>negotiateVersion</c>.</summary>
    public string? NegotiateVersion { get; }

    /// <summary><c>useStatefulReconnect=true</c>.</summary>
    public bool WantsStatefulReconnect { get; }

    /// <summary><c>asrsdiagnosticclient</c>, unless it is <c>false</c>: the client asks to be traced in full.</summary>
    public bool IsDiagnostic { get; }

    /// <summary>
    /// The query for the upstream: the raw query with its <c>?</c>, without the two secrets <c>access_token</c> and <c>id</c>; null if no
    /// pair is left.
    /// </summary>
    public string? ForUpstream { get; }

    /// <summary>Returns the same query without its access token.</summary>
    public ClientQuery WithoutAccessToken() =>
        new(Hub, HubCount, ConnectionToken, null, NegotiateVersion, WantsStatefulReconnect, IsDiagnostic, ForUpstream);

    /// <summary>Reads a query string, with or without its leading question mark.</summary>
    public static ClientQuery Parse(string query)
    {
        string? hub = null, token = null, accessToken = null, version = null;
        var hubs = 0;
        var wantsStatefulReconnect = false;
        var isDiagnostic = false;
        var rest = new StringBuilder(query.Length);
        foreach (var pair in new QueryStringEnumerable(query))
        {
            var name = pair.DecodeName().Span;
            if (name.Equals("access_token", StringComparison.OrdinalIgnoreCase))
            {
                accessToken = pair.DecodeValue().ToString();
                continue;
            }

            if (name.Equals("id", StringComparison.OrdinalIgnoreCase))
            {
                token = pair.DecodeValue().ToString();
                continue;
            }

            if (name.Equals("hub", StringComparison.OrdinalIgnoreCase))
            {
                hub ??= pair.DecodeValue().ToString();
                hubs++;
            }
            else if (name.Equals("negotiateVersion", StringComparison.OrdinalIgnoreCase))
            {
                version = pair.DecodeValue().ToString();
            }
            else if (name.Equals("useStatefulReconnect", StringComparison.OrdinalIgnoreCase))
            {
                wantsStatefulReconnect = pair.DecodeValue().Span.Equals("true", StringComparison.OrdinalIgnoreCase);
            }
            else if (name.Equals("asrsdiagnosticclient", StringComparison.OrdinalIgnoreCase))
            {
                isDiagnostic = !pair.DecodeValue().Span.Equals("false", StringComparison.OrdinalIgnoreCase);
            }

            rest.Append(rest.Length == 0 ? '?' : '&').Append(pair.EncodedName);
            if (!pair.EncodedValue.IsEmpty)
            {
                rest.Append('=').Append(pair.EncodedValue);
            }
        }

        return new ClientQuery(
            hub,
            hubs,
            string.IsNullOrEmpty(token) ? null : token,
            accessToken,
            version,
            wantsStatefulReconnect,
            isDiagnostic,
            rest.Length == 0 ? null : rest.ToString());
    }
}
