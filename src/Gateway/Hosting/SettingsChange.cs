using Serverless.Gateway.Upstream.Templates;

namespace Serverless.Gateway.Hosting;

/// <summary>Describes the changes of an edited settings file, without secrets.</summary>
internal static class SettingsChange
{
    private const string UrlTemplate = ":UrlTemplate";
    private const int MaxNamed = 20;

    // Read again while the gateway runs; changes of the other keys in these two sections take effect at the next start.
    private static readonly string[] Live = ["UpstreamSettings:", "Gateway:AccessKeys:", "Gateway:Nodes:AcceptUnsigned"];

    /// <summary>Returns each key that was added, removed or changed, with its values; empty if there is none.</summary>
    public static string Describe(IDictionary<string, string?> before, IDictionary<string, string?> after)
    {
        var changes = before.Keys.Union(after.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(key => before.TryGetValue(key, out var old) != after.TryGetValue(key, out var now) || old != now)
            .Order(StringComparer.OrdinalIgnoreCase)
            .Select(key => $"{key} {Values(key, before, after)}{(IsLive(key) ? "" : " (takes effect at the next start)")}")
            .ToList();
        var rest = changes.Count - MaxNamed;
        return string.Join("; ", changes.Take(MaxNamed)) + (rest > 0 ? $"; and {rest} more" : "");
    }

    private static string Values(string key, IDictionary<string, string?> before, IDictionary<string, string?> after) =>
        (before.TryGetValue(key, out var old), after.TryGetValue(key, out var now)) switch
        {
            (false, _) => $"is new: {Shown(key, now)}",
            (_, false) => $"was removed, it was {Shown(key, old)}",
            _ when Shown(key, old) == Shown(key, now) => $"has another value: {Shown(key, now)}",
            _ => $"is {Shown(key, now)}, it was {Shown(key, old)}",
        };

    private static string Shown(string key, string? value) =>
        value is null ? "null"
        : key.EndsWith(UrlTemplate, StringComparison.OrdinalIgnoreCase) ? $"'{ShownUrl.OfTemplate(value)}'"
        : IsOpen(key) ? $"'{value}'"
        : ShownUrl.Secret;

    // A value that is not known to be harmless is not shown.
    private static bool IsOpen(string key) =>
        key.StartsWith("Logging:", StringComparison.OrdinalIgnoreCase) || ConfigurationCheck.Find(key) is { Setting.IsSecret: false };

    private static bool IsLive(string key) =>
        Live.Any(part => key.StartsWith(part, StringComparison.OrdinalIgnoreCase)) || !key.StartsWith("Gateway:", StringComparison.OrdinalIgnoreCase);
}
