using System.Text.Json;

namespace Serverless.FunctionsHost.Apps;

/// <summary>The values that the host reads from <c>host.json</c>.</summary>
/// <param name="Handler">The custom handler; null if the app has none.</param>
/// <param name="RoutePrefix">The part of the path before every route.</param>
/// <param name="FunctionTimeout">The longest duration of an invocation.</param>
/// <param name="MaxConcurrentRequests">The number of HTTP functions that run at a time.</param>
/// <param name="MaxOutstandingRequests">The number of HTTP requests that run or wait; a further one is refused.</param>
/// <param name="LogLevel">The lowest level of worker logs that are shown.</param>
/// <param name="Queues">The settings of queue triggers.</param>
internal sealed record HostFile(
    CustomHandler? Handler,
    string RoutePrefix,
    TimeSpan FunctionTimeout,
    int MaxConcurrentRequests,
    int MaxOutstandingRequests,
    LogLevel LogLevel,
    QueueSettings Queues)
{
    public const string Name = "host.json";

    private const int DefaultConcurrentRequests = 100;
    private const int DefaultOutstandingRequests = 200;
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(30);

    /// <summary>Reads the file at an app's root.</summary>
    /// <param name="root">The app's root.</param>
    /// <param name="settings">The app settings, for <c>%NAME%</c> in arguments of a custom handler.</param>
    public static HostFile Read(string root, IReadOnlyDictionary<string, string?> settings)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, Name)), JsonFile.Options);
        var host = file.RootElement;
        if (JsonFile.Text(host, "version") != "2.0")
        {
            throw new InvalidDataException("host.json must have \"version\": \"2.0\".");
        }

        var extensions = JsonFile.Section(host, "extensions");
        var http = JsonFile.Section(extensions, "http");
        var levels = JsonFile.Section(JsonFile.Section(host, "logging"), "logLevel");
        return new HostFile(
            JsonFile.Section(host, "customHandler") is { } handler ? CustomHandler.Read(root, handler, settings) : null,
            JsonFile.Text(http, "routePrefix")?.Trim('/') ?? "api",
            JsonFile.Time(host, "functionTimeout") ?? DefaultTimeout,
            Limit(http, "maxConcurrentRequests", DefaultConcurrentRequests),
            Limit(http, "maxOutstandingRequests", DefaultOutstandingRequests),
            Enum.TryParse<LogLevel>(JsonFile.Text(levels, "default"), ignoreCase: true, out var level) ? level : LogLevel.Information,
            QueueSettings.Read(JsonFile.Section(extensions, "queues")));
    }

    // -1 stands for no limit.
    private static int Limit(JsonElement? section, string name, int byDefault) =>
        JsonFile.Number(section, name) is { } given ? given < 1 ? int.MaxValue : given : byDefault;
}
