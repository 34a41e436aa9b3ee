using System.Globalization;

namespace Serverless.Gateway.Hosting;

/// <summary>
/// Reads the gateway's configuration keys before anything else does, so that a misspelt key or a value of the wrong kind stops the
/// start with one message each. Ranges are checked by the options' own validators.
/// </summary>
internal static class ConfigurationCheck
{
    private const int MostTypos = 4;
    private const string Text = "text";
    private const string Number = "a whole number";
    private const string Flag = "true or false";
    private const string Time = "a time such as 00:00:15 (hours:minutes:seconds)";

    // '#' stands for a number.
    private static readonly Dictionary<string, string> Keys = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Gateway:AccessKeys:#"] = Text,
        ["Gateway:Endpoints:#"] = Text,
        ["Gateway:Entra:TenantId"] = Text,
        ["Gateway:Entra:Authority"] = Text,
        ["Gateway:Entra:Audience"] = Text,
        ["Gateway:Identity:ClientId"] = Text,
        ["Gateway:Redis"] = Text,
        ["Gateway:Tables"] = Text,
        ["Gateway:Delivery"] = "AtMostOnce or AtLeastOnce",
        ["Gateway:Clients:MaxMessageBytes"] = Number,
        ["Gateway:Clients:OutboxBytes"] = Number,
        ["Gateway:Clients:HandshakeTimeout"] = Time,
        ["Gateway:Clients:KeepAlive"] = Time,
        ["Gateway:Clients:ClientTimeout"] = Time,
        ["Gateway:Clients:MaxPollInterval"] = Time,
        ["Gateway:Clients:PollTimeout"] = Time,
        ["Gateway:Clients:StatefulReconnectTimeout"] = Time,
        ["Gateway:Clients:StatefulReconnectBufferBytes"] = Number,
        ["Gateway:Clients:CloseOnAuthenticationExpiration"] = Flag,
        ["Gateway:Clients:AllowedOrigins:#"] = Text,
        ["Gateway:Upstream:Timeout"] = Time,
        ["Gateway:Upstream:QueueBytes"] = Number,
        ["Gateway:Upstream:MaxStreams"] = Number,
        ["Gateway:Upstream:StreamIdleTimeout"] = Time,
        ["Gateway:Upstream:OnConnectedFailure"] = "Tolerate or Close",
        ["Gateway:Metrics:Token"] = Text,
        ["Gateway:Quotas:Connections"] = Number,
        ["Gateway:Quotas:MessagesPerDay"] = Number,
        ["Gateway:Quotas:Hubs:#:Hub"] = Text,
        ["Gateway:Quotas:Hubs:#:Connections"] = Number,
        ["Gateway:Quotas:Hubs:#:MessagesPerDay"] = Number,
        ["Gateway:Nodes:Timeout"] = Time,
        ["Gateway:Nodes:DrainTime"] = Time,
        ["Gateway:Nodes:DrainSpread"] = Time,
        ["UpstreamSettings:Templates:#:UrlTemplate"] = Text,
        ["UpstreamSettings:Templates:#:HubPattern"] = Text,
        ["UpstreamSettings:Templates:#:CategoryPattern"] = Text,
        ["UpstreamSettings:Templates:#:EventPattern"] = Text,
        ["UpstreamSettings:Templates:#:Auth:Type"] = "None or ManagedIdentity",
        ["UpstreamSettings:Templates:#:Auth:ManagedIdentity:Resource"] = Text,
        ["UpstreamSettings:Templates:#:Retry:Attempts"] = Number,
        ["UpstreamSettings:Templates:#:Retry:Delay"] = Time,
        ["UpstreamSettings:Templates:#:Retry:MaxDelay"] = Time,
        ["UpstreamSettings:Templates:#:Retry:TimeLimit"] = Time,
        ["UpstreamSettings:Templates:#:Retry:BreakAfter"] = Number,
        ["UpstreamSettings:Templates:#:Retry:BreakTime"] = Time,
        ["UpstreamSettings:Templates:#:DeadLetter"] = Flag,
    };

    /// <summary>One message per wrong key; empty if all is well.</summary>
    public static IReadOnlyList<string> Errors(IConfiguration configuration)
    {
        var errors = new List<string>();
        foreach (var section in (string[])["Gateway", "UpstreamSettings"])
        {
            foreach (var (key, value) in configuration.GetSection(section).AsEnumerable())
            {
                // A bare GATEWAY=… in the environment is somebody else's.
                if (value is not null && key.Contains(':', StringComparison.Ordinal) && ErrorOf(key, value) is { } error)
                {
                    errors.Add(error);
                }
            }
        }

        return errors;
    }

    private static string? ErrorOf(string key, string value)
    {
        // An empty list or object in a JSON file shows up as an empty value of its parent key.
        if (value.Length == 0 && Keys.Keys.Any(known => known.StartsWith(Pattern(key) + ":", StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        if (!Keys.TryGetValue(Pattern(key), out var kind))
        {
            return $"{key} is no configuration key of the gateway{Suggestion(key)} docs/configuration.md lists them.";
        }

        var fits = kind switch
        {
            Text => true,
            Number => int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _),
            Time => TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out _),
            _ => kind.Split(" or ").Contains(value, StringComparer.OrdinalIgnoreCase),
        };
        return fits ? null : $"{key} is '{value}'. Write {kind}.";
    }

    private static string Pattern(string key) =>
        string.Join(':', key.Split(':').Select(part => int.TryParse(part, out _) ? "#" : part));

    private static string Suggestion(string key)
    {
        var pattern = Pattern(key);
        var nearest = Keys.Keys.MinBy(known => Distance(known, pattern))!;
        return Distance(nearest, pattern) <= MostTypos ? $"; did you mean {nearest.Replace("#", "0", StringComparison.Ordinal)}?" : ".";
    }

    // How many characters have to be added, left out or changed (Levenshtein).
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var changed = diagonal + (char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
