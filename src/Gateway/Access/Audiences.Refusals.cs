using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Access;

/// <content>The explanation of a refusal, for the caller and for the log.</content>
internal sealed partial class Audiences
{
    private const int MaxHosts = 8;
    private const int MaxHostLength = 100;

    /// <summary>
    /// Explains for which host a refused token is, and which hosts are accepted. Every part is bounded and printable ASCII.
    /// </summary>
    /// <param name="audience">The token's audience, or the first of them; empty if it has none.</param>
    /// <param name="address">The address that the request came to.</param>
    /// <param name="logs">False if the same request is checked again.</param>
    public string Refuse(string audience, in RequestAddress address, bool logs = true)
    {
        var named = TryHost(audience, out var host) ? $"the host '{Printable(host)}'" : "no host";
        var counting = _endpoints.Length == 0
            ? $"the host that counts is '{Printable(address.Host)}', to which the request came, as Gateway:Endpoints is not set"
            : $"hosts that count are those of Gateway:Endpoints: {Hosts()}";
        var advice = host.Length > 0 && IsOurHost(host, address.Host)
            ? "The host is right; the rest of it must be the address of the request"
            : "Sign for such a host, or set Gateway:Endpoints to the public address";
        if (logs)
        {
            Log.Refused(_logger, named, counting, advice);
        }

        return $"The access token is for another audience. Its 'aud' names {named}; {counting}. {advice}.";
    }

    private string Hosts()
    {
        var hosts = _endpoints.Select(static endpoint => $"'{Printable(endpoint.Host)}'").Distinct().ToList();
        return string.Join(", ", hosts.Take(MaxHosts)) + (hosts.Count > MaxHosts ? " and more" : "");
    }

    private static string Printable(string text)
    {
        var shown = text.Length > MaxHostLength ? $"{text[..MaxHostLength]}..." : text;
        return string.Create(shown.Length, shown, static (output, source) =>
        {
            for (var i = 0; i < source.Length; i++)
            {
                output[i] = source[i] is > ' ' and <= '~' and not '\'' ? source[i] : '?';
            }
        });
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Access + 4,
            LogLevel.Information,
            "A token was refused for its audience: it names {Named}; {Counting}. {Advice}.",
            EventName = "AudienceRefused")]
        public static partial void Refused(ILogger logger, string named, string counting, string advice);
    }
}
