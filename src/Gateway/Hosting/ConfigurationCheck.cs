namespace Serverless.Gateway.Hosting;

/// <summary>
/// Reads the gateway's configuration keys before anything else does, so that a misspelt key or a value of the wrong kind stops the
/// start with one message each. Ranges are checked by the options' own validators.
/// </summary>
internal static class ConfigurationCheck
{
    private const int MaxTypos = 4;

    private static readonly Dictionary<string, ConfigurationKey> Keys =
        ConfigurationKeys.All.ToDictionary(key => key.Path, StringComparer.OrdinalIgnoreCase);

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

    /// <summary>The known key that a path of the configuration is; null if there is none.</summary>
    public static ConfigurationKey? Find(string path) => Keys.GetValueOrDefault(Pattern(path));

    private static string? ErrorOf(string key, string value)
    {
        // An empty list or object in a JSON file shows up as an empty value of its parent key.
        if (value.Length == 0 && Keys.Keys.Any(path => path.StartsWith(Pattern(key) + ":", StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        if (!Keys.TryGetValue(Pattern(key), out var known))
        {
            return $"{key} is no configuration key of the gateway{Suggestion(key)} docs/configuration.md lists them.";
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
