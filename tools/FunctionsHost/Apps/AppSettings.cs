using System.Text.Json;

namespace Serverless.FunctionsHost.Apps;

/// <summary>The settings of an app as environment variables of its process.</summary>
internal static class AppSettings
{
    private const string LocalSettings = "local.settings.json";

    /// <summary>Reads the <c>Values</c> of <c>local.settings.json</c>, if it exists; environment variables take precedence.</summary>
    /// <param name="root">The app's root.</param>
    /// <param name="variables">Variables in addition to those of this process.</param>
    public static Dictionary<string, string?> Read(string root, IReadOnlyDictionary<string, string?> variables)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal);
        var path = Path.Combine(root, LocalSettings);
        if (File.Exists(path))
        {
            using var file = JsonDocument.Parse(File.ReadAllBytes(path), JsonFile.Options);
            if (JsonFile.Flag(file.RootElement, "IsEncrypted"))
            {
                throw new InvalidDataException($"{LocalSettings} is encrypted; only the Azure Functions Core Tools can read it.");
            }

            if (JsonFile.Section(file.RootElement, "Values") is { ValueKind: JsonValueKind.Object } values)
            {
                foreach (var value in values.EnumerateObject().Where(value => Environment.GetEnvironmentVariable(value.Name) is null))
                {
                    settings[value.Name] = value.Value.ToString();
                }
            }
        }

        foreach (var (name, value) in variables)
        {
            settings[name] = value;
        }

        return settings;
    }

    /// <summary>Returns a setting, or the variable of that name in this process.</summary>
    public static string? Find(IReadOnlyDictionary<string, string?> settings, string name) =>
        settings.TryGetValue(name, out var value) ? value : Environment.GetEnvironmentVariable(name);
}
