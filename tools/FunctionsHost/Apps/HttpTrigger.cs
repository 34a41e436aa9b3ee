using System.Text.Json;

namespace Serverless.FunctionsHost.Apps;

/// <summary>The key that a function requires.</summary>
internal enum AuthLevel
{
    Anonymous,
    Function,
    Admin,
}

/// <summary>The trigger of an HTTP function.</summary>
/// <param name="Route">The route without the prefix.</param>
/// <param name="Methods">The HTTP methods in upper case; null for all.</param>
/// <param name="AuthLevel">The key that it requires.</param>
internal sealed record HttpTrigger(string Route, IReadOnlyList<string>? Methods, AuthLevel AuthLevel)
{
    public const string Type = "httpTrigger";

    public static HttpTrigger Read(string function, JsonElement trigger)
    {
        var route = JsonFile.Text(trigger, "route") is { } given && !string.IsNullOrWhiteSpace(given) ? given : function;
        var start = route.Trim('/');
        if (start.StartsWith("admin", StringComparison.OrdinalIgnoreCase) || start.StartsWith("runtime", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidDataException("The specified route conflicts with one or more built in routes.");
        }

        var level = JsonFile.Text(trigger, "authLevel") ?? nameof(AuthLevel.Function);
        return new HttpTrigger(
            route,
            JsonFile.Section(trigger, "methods") is null ? null : [.. JsonFile.Items(trigger, "methods").Select(method => method.ToString().ToUpperInvariant())],
            Enum.TryParse<AuthLevel>(level, ignoreCase: true, out var known) ? known : throw new InvalidDataException($"'{level}' is not a known authLevel."));
    }
}
