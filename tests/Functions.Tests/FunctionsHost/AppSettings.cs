using System.Text.Json;

namespace Serverless.Functions.Tests.FunctionsHost;

/// <summary>The settings of an app as environment variables of its handler.</summary>
internal static class AppSettings
{
    private const string LocalSettings = "local.settings.json";

    /// <summary>Reads the <c>Values</c> of <c>local.settings.json</c>, if it exists; environment variables take precedence.</summary>
    public static Dictionary<string, string?> Read(string root, IReadOnlyDictionary<string, string?> environment)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal);
        var path = Path.Combine(root, LocalSettings);
        if (File.Exists(path))
        {
            using var file = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (var value in file.RootElement.GetProperty("Values").EnumerateObject())
            {
                settings[value.Name] = value.Value.GetString();
            }
        }

        foreach (var (name, value) in environment)
        {
            settings[name] = value;
        }

        return settings;
    }
}
