using System.Text.Json;
using System.Text.RegularExpressions;

namespace Serverless.FunctionsHost.Apps;

/// <summary>The way in which requests are passed to the custom handler.</summary>
internal enum HandlerMode
{
    /// <summary><c>enableProxyingHttpRequest</c>: the request itself, streamed.</summary>
    Proxy,

    /// <summary><c>enableForwardingHttpRequest</c>: a new, buffered request.</summary>
    Forward,
}

/// <summary>The section <c>customHandler</c> of <c>host.json</c>.</summary>
internal sealed partial record CustomHandler(
    string Executable, IReadOnlyList<string> Arguments, string WorkingDirectory, HandlerMode Mode, TimeSpan InitializationTimeout)
{
    public static CustomHandler Read(string root, JsonElement section, IReadOnlyDictionary<string, string?> settings)
    {
        var description = JsonFile.Section(section, "description") ?? throw new InvalidDataException("Missing worker Description.");
        var executable = JsonFile.Text(description, "defaultExecutablePath");
        if (string.IsNullOrEmpty(executable))
        {
            throw new InvalidDataException("WorkerDescription DefaultExecutablePath cannot be empty");
        }

        var besideHostFile = Path.Combine(root, executable);
        return new CustomHandler(
            File.Exists(besideHostFile) ? besideHostFile : executable,
            [.. JsonFile.Items(description, "arguments").Select(item => Expand(item.ToString(), settings))],
            Path.Combine(root, JsonFile.Text(description, "workingDirectory") ?? ""),
            ReadMode(section),
            JsonFile.Time(section, "initializationTimeout") ?? TimeSpan.FromSeconds(30));
    }

    private static HandlerMode ReadMode(JsonElement section) =>
        JsonFile.Flag(section, "enableProxyingHttpRequest") ? HandlerMode.Proxy
        : JsonFile.Flag(section, "enableForwardingHttpRequest") ? HandlerMode.Forward
        : throw new NotSupportedException("Without one of its two HTTP modes a custom handler receives JSON payloads, which this stand-in does not support.");

    private static string Expand(string argument, IReadOnlyDictionary<string, string?> settings) =>
        Setting().Replace(argument, match => settings.GetValueOrDefault(match.Groups[1].Value) ?? match.Value);

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Setting();
}
