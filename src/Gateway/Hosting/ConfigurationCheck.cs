namespace Serverless.Gateway.Hosting;

/// <summary>
/// Checks the gateway's configuration keys before any other code reads them, so that a misspelt key or a value of the wrong type stops the
/// start with one message for each. The options' own validators check ranges.
/// </summary>
internal static class ConfigurationCheck
{
    private const int MaxTypos = 4;

    private static readonly Dictionary<string, ConfigurationKey> Keys =
        ConfigurationKeys.All.ToDictionary(key => key.Path, StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns one message for each wrong key; empty if all are valid.</summary>
    public static IReadOnlyList<string> Errors(IConfiguration configuration)
    {
        var errors = new List<string>();
        foreach (var section in (string[])["Gateway", "UpstreamSettings"])
        {
            foreach (var (key, value) in configuration.GetSection(section).AsEnumerable())
            {
                // A bare GATEWAY=… in the environment belongs to another program.
                if (value is not null && key.Contains(':', StringComparison.Ordinal) && ErrorOf(key, value) is { } error)
                {
                    errors.Add(error);
                }
            }
        }

        return errors;
    }

    /// <summary>Returns the known key that matches a configuration path; null if none matches.</summary>
    public static ConfigurationKey? Find(string path) => Keys.GetValueOrDefault(Pattern(path));

    private static string? ErrorOf(string key, string value)
    {
        // An empty list or object in a JSON file appears as an empty value of its parent key.
        if (value.Length == 0 && Keys.Keys.Any(path => path.StartsWith(Pattern(key) + ":", StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        if (!Keys.TryGetValue(Pattern(key), out var known))
        {
            return $"{key} is not a configuration key of the gateway{Suggestion(key)} docs/configuration.md lists them.";
        }

        return known.Takes(value) ? null : $"{key} is '{value}'{known.Misreading(value)}. Write {known.FormFor(value)}.";
    }

    private static string Pattern(string key) =>
        string.Join(':', key.Split(':').Select(part => int.TryParse(part, out _) ? "#" : part));

    private static string Suggestion(string key)
    {
        var pattern = Pattern(key);
        var nearest = Keys.Keys.MinBy(known => Distance(known, pattern))!;
        return Distance(nearest, pattern) <= MaxTypos ? $"; did you mean {nearest.Replace("#", "0", StringComparison.Ordinal)}?" : ".";
    }

    // The number of characters to add, remove or change (Levenshtein).
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
