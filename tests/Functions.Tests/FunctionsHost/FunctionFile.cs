using System.Text.Json;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Tests.FunctionsHost;

/// <summary>The key that a function requires.</summary>
internal enum AuthLevel
{
    Anonymous,
    Function,
    Admin,
}

/// <summary>An HTTP function, read from its <c>function.json</c>.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="Route">The route without the prefix.</param>
/// <param name="Methods">The HTTP methods in upper case; null for all.</param>
/// <param name="AuthLevel">The key that it requires.</param>
internal sealed partial record FunctionFile(string Name, string Route, IReadOnlyList<string>? Methods, AuthLevel AuthLevel)
{
    public const string FileName = "function.json";

    /// <summary>Reads every function beside <c>host.json</c>, in the order in which the host tries them.</summary>
    /// <param name="root">The app's root.</param>
    /// <param name="errors">Receives the errors of functions that were not loaded, by function.</param>
    public static IReadOnlyList<FunctionFile> ReadAll(string root, IDictionary<string, string> errors)
    {
        var functions = new List<FunctionFile>();
        foreach (var folder in Directory.EnumerateDirectories(root).Where(folder => File.Exists(Path.Combine(folder, FileName))))
        {
            var name = Path.GetFileName(folder);
            try
            {
                functions.Add(Read(name, File.ReadAllBytes(Path.Combine(folder, FileName))));
            }
            catch (Exception e) when (e is InvalidDataException or JsonException or KeyNotFoundException)
            {
                errors[name] = e.Message;
            }
        }

        return [.. functions.OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase)];
    }

    private static FunctionFile Read(string name, byte[] json)
    {
        if (!ValidName().IsMatch(name) || name.Equals("host", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidDataException($"'{name}' is not a valid function name.");
        }

        using var file = JsonDocument.Parse(json);
        if (!file.RootElement.TryGetProperty("bindings", out var list) || list.GetArrayLength() == 0)
        {
            throw new InvalidDataException("At least one binding must be declared.");
        }

        var bindings = list.EnumerateArray().ToArray();
        var triggers = bindings.Where(binding => IsType(binding, "httpTrigger")).ToArray();
        var outputs = bindings.Where(binding => IsType(binding, "http")).ToArray();
        if (bindings.Length != 2 || triggers.Length != 1 || outputs.Length != 1)
        {
            throw new InvalidDataException("Only functions with one httpTrigger and one http output receive the request itself.");
        }

        var trigger = triggers[0];
        var route = trigger.TryGetProperty("route", out var given) && !string.IsNullOrWhiteSpace(given.GetString()) ? given.GetString()! : name;
        var reserved = route.Trim('/').ToLowerInvariant();
        if (reserved.StartsWith("admin", StringComparison.Ordinal) || reserved.StartsWith("runtime", StringComparison.Ordinal))
        {
            throw new InvalidDataException("The specified route conflicts with one or more built in routes.");
        }

        return new FunctionFile(
            name,
            route,
            trigger.TryGetProperty("methods", out var methods) ? [.. methods.EnumerateArray().Select(m => m.GetString()!.ToUpperInvariant())] : null,
            trigger.TryGetProperty("authLevel", out var level) ? Enum.Parse<AuthLevel>(level.GetString()!, ignoreCase: true) : AuthLevel.Function);
    }

    private static bool IsType(JsonElement binding, string type) =>
        type.Equals(binding.GetProperty("type").GetString(), StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"^[a-z][a-z0-9_\-]{0,127}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ValidName();
}
