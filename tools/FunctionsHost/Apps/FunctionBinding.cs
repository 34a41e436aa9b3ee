using System.Text.Json;

namespace Serverless.FunctionsHost.Apps;

/// <summary>One binding of a function.</summary>
/// <param name="Name">The parameter's name; <c>$return</c> for the result.</param>
/// <param name="Type">The type, such as <c>httpTrigger</c>.</param>
/// <param name="Direction"><c>in</c>, <c>out</c> or <c>inout</c>.</param>
/// <param name="DataType"><c>string</c>, <c>binary</c>, <c>stream</c> or null.</param>
/// <param name="Json">The binding as declared.</param>
internal sealed record FunctionBinding(string Name, string Type, string Direction, string? DataType, JsonElement Json)
{
    public bool IsTrigger => Type.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase);

    public static FunctionBinding Read(JsonElement json) => new(
        JsonFile.Text(json, "name") ?? throw new InvalidDataException("A binding has no name."),
        JsonFile.Text(json, "type") ?? throw new InvalidDataException("A binding has no type."),
        JsonFile.Text(json, "direction")?.ToLowerInvariant() ?? "in",
        JsonFile.Text(json, "dataType")?.ToLowerInvariant(),
        json.Clone());

    public bool Is(string type) => Type.Equals(type, StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns a value of the declaration; a text <c>%NAME%</c> is replaced by the setting.</summary>
    public string? Setting(string name, IReadOnlyDictionary<string, string?> settings) =>
        JsonFile.Text(Json, name) is not { } text ? null
        : text.Length > 2 && text[0] == '%' && text[^1] == '%' ? AppSettings.Find(settings, text[1..^1])
        : text;
}
