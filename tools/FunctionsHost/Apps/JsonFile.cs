using System.Text.Json;

namespace Serverless.FunctionsHost.Apps;

/// <summary>Reads values of an app's JSON files. As in the host, names are compared without case, and comments and trailing commas may occur.</summary>
internal static class JsonFile
{
    public static JsonDocumentOptions Options { get; } = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Returns a property's value; null if it is absent or null.</summary>
    public static JsonElement? Section(JsonElement? parent, string name)
    {
        if (parent is { ValueKind: JsonValueKind.Object } section)
        {
            foreach (var property in section.EnumerateObject())
            {
                if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return property.Value.ValueKind == JsonValueKind.Null ? null : property.Value;
                }
            }
        }

        return null;
    }

    /// <summary>Returns the items of an array; none if it is absent.</summary>
    public static IEnumerable<JsonElement> Items(JsonElement? parent, string name) =>
        Section(parent, name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    public static string? Text(JsonElement? parent, string name) => Section(parent, name)?.ToString();

    /// <summary>Returns a truth value, which may be given as text.</summary>
    public static bool Flag(JsonElement? parent, string name) => bool.TryParse(Text(parent, name), out var value) && value;

    public static int? Number(JsonElement? parent, string name) => int.TryParse(Text(parent, name), out var value) ? value : null;

    public static TimeSpan? Time(JsonElement? parent, string name) => TimeSpan.TryParse(Text(parent, name), out var value) ? value : null;
}
