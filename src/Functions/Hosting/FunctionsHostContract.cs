using System.Text.Json;

namespace Serverless.Functions.Hosting;

/// <summary>Reads the two values that a custom handler takes from the Functions host: its port, and the prefix of its routes.</summary>
internal static class FunctionsHostContract
{
    private const string PortVariable = "FUNCTIONS_CUSTOMHANDLER_PORT";
    private const string DefaultAddress = "http://localhost:7071"; // the port of `func start`
    private const string DefaultRoutePrefix = "api";

    /// <summary>Listens on the host's port; without a host, on the configured address, by default port 7071.</summary>
    public static void ListenForFunctionsHost(this WebApplicationBuilder builder)
    {
        if (builder.Configuration[PortVariable] is { Length: > 0 } port)
        {
            builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        }
        else if (string.IsNullOrEmpty(builder.Configuration["urls"]) && string.IsNullOrEmpty(builder.Configuration["http_ports"]))
        {
            builder.WebHost.UseUrls(DefaultAddress);
        }
    }

    /// <summary>Returns the route prefix in <c>host.json</c> as a path, <c>/api</c> by default, or empty for none.</summary>
    public static string ReadRoutePrefix(string hostFile)
    {
        // { "extensions": { "http": { "routePrefix": "api" } } }
        using var host = JsonDocument.Parse(File.ReadAllBytes(hostFile));
        var prefix = DefaultRoutePrefix;
        if (host.RootElement.TryGetProperty("extensions", out var extensions)
            && extensions.TryGetProperty("http", out var http)
            && http.TryGetProperty("routePrefix", out var configured))
        {
            prefix = configured.GetString() ?? "";
        }

        prefix = prefix.Trim('/');
        return prefix.Length == 0 ? "" : "/" + prefix;
    }
}
