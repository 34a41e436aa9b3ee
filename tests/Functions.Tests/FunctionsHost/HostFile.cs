using System.Text.Json;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Tests.FunctionsHost;

/// <summary>The way in which requests are passed to the custom handler.</summary>
internal enum HandlerMode
{
    /// <summary><c>enableProxyingHttpRequest</c>: the request itself, streamed.</summary>
    Proxy,

    /// <summary><c>enableForwardingHttpRequest</c>: a new, buffered request.</summary>
    Forward,
}

/// <summary>The values that the Functions host reads from <c>host.json</c>.</summary>
internal sealed partial record HostFile(
    string Executable,
    IReadOnlyList<string> Arguments,
    string WorkingDirectory,
    HandlerMode Mode,
    TimeSpan InitializationTimeout,
    string RoutePrefix)
{
    public const string Name = "host.json";

    /// <summary>Reads the file at an app's root.</summary>
    /// <param name="root">The app's root.</param>
    /// <param name="settings">The app settings, for <c>%NAME%</c> in arguments.</param>
    public static HostFile Read(string root, IReadOnlyDictionary<string, string?> settings)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, Name)));
        var host = file.RootElement;
        if (Text(host, "version") != "2.0")
        {
            throw new InvalidDataException("host.json must have \"version\": \"2.0\".");
        }

        var handler = Section(host, "customHandler") ?? throw new InvalidDataException("host.json has no customHandler section.");
        var description = Section(handler, "description") ?? throw new InvalidDataException("Missing worker Description.");
        var executable = Text(description, "defaultExecutablePath");
        if (string.IsNullOrEmpty(executable))
        {
            throw new InvalidDataException("WorkerDescription DefaultExecutablePath cannot be empty");
        }

        var besideHostFile = Path.Combine(root, executable);
        var arguments = Section(description, "arguments")?.EnumerateArray().Select(item => Expand(item.GetString()!, settings));
        return new HostFile(
            File.Exists(besideHostFile) ? besideHostFile : executable,
            arguments?.ToArray() ?? [],
            Path.Combine(root, Text(description, "workingDirectory") ?? ""),
            ReadMode(handler),
            TimeSpan.TryParse(Text(handler, "initializationTimeout"), out var timeout) ? timeout : TimeSpan.FromSeconds(30),
            ReadRoutePrefix(host));
    }

    private static HandlerMode ReadMode(JsonElement handler) =>
        Flag(handler, "enableProxyingHttpRequest") ? HandlerMode.Proxy
        : Flag(handler, "enableForwardingHttpRequest") ? HandlerMode.Forward
        : throw new NotSupportedException("Without one of its two HTTP modes a custom handler receives JSON payloads, which this stand-in does not support.");

    private static string ReadRoutePrefix(JsonElement host) =>
        Section(host, "extensions") is { } extensions && Section(extensions, "http") is { } http && Text(http, "routePrefix") is { } prefix
            ? prefix.Trim('/')
            : "api";

    private static string Expand(string argument, IReadOnlyDictionary<string, string?> settings) =>
        Setting().Replace(argument, match => settings.GetValueOrDefault(match.Groups[1].Value) ?? match.Value);

    private static JsonElement? Section(JsonElement parent, string name) => parent.TryGetProperty(name, out var section) ? section : null;

    private static string? Text(JsonElement parent, string name) => Section(parent, name)?.GetString();

    private static bool Flag(JsonElement parent, string name) => Section(parent, name)?.GetBoolean() ?? false;

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Setting();
}
