using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Serverless.Gateway.Hosting;
using Serverless.Hubs;
using Serverless.Infrastructure.Tests.Bicep;

namespace Serverless.Infrastructure.Tests.Templates;

/// <summary>Compares the settings that the templates give the two programs with the keys that the programs read.</summary>
internal static class SettingsCheck
{
    // The settings without which the programs are useless.
    private static readonly string[] GatewayNeeds = ["Gateway:AccessKeys:0", "UpstreamSettings:Templates:0:UrlTemplate", HttpPorts];
    private static readonly string[] FunctionsNeed = [ServerlessHubsOptions.ConnectionStringKey, "AzureWebJobsStorage:accountName"];

    private const string HttpPorts = "ASPNETCORE_HTTP_PORTS"; // a key of ASP.NET Core; KestrelSetup checks whether it is set

    // Keys of OpenTelemetry: Telemetry.cs reads the first one, the package the others.
    private static readonly string[] TelemetryKeys = ["OTEL_METRICS_EXPORTER", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"];

    // Keys of the Functions host (documentation, "App settings reference for Azure Functions").
    private static readonly string[] HostKeys =
    [
        "AzureWebJobsStorage:accountName", "AzureWebJobsStorage:credential", "AzureWebJobsStorage:clientId",
        "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    ];

    public static List<string> Errors(ArmTemplate main) =>
    [
        .. Check("gateway", OfGateway(main), GatewayNeeds, key => key == HttpPorts || TelemetryKeys.Contains(key) || IsKeyOfTheGateway(key)),
        .. Check("functions", OfFunctions(main), FunctionsNeed, key => key == ServerlessHubsOptions.ConnectionStringKey || HostKeys.Contains(key)),
        .. SecretReferences(main),
    ];

    /// <summary>Returns the gateway's settings by their configuration keys.</summary>
    public static List<(string Key, JsonNode Setting)> OfGateway(ArmTemplate main) => Keys(Container(GatewayApp(main))["env"]!);

    public static List<(string Key, JsonNode Setting)> OfFunctions(ArmTemplate main) => Keys(main.Module("functions").Resources
        .Single(resource => resource["type"]!.GetValue<string>() == "Microsoft.Web/sites")["properties"]!["siteConfig"]!["appSettings"]!);

    /// <summary>Returns the container of an app, compiled or predicted.</summary>
    public static JsonNode Container(JsonNode app) => app["properties"]!["template"]!["containers"]!.AsArray().Single()!;

    public static List<(string Key, JsonNode Setting)> Keys(JsonNode settings) =>
        [.. settings.AsArray().Select(setting => (setting!["name"]!.GetValue<string>().Replace("__", ":", StringComparison.Ordinal), setting!))];

    private static JsonObject GatewayApp(ArmTemplate main) => main.Module("gateway").Resources
        .Single(resource => resource["type"]!.GetValue<string>() == "Microsoft.App/containerApps");

    private static IEnumerable<string> Check(string module, List<(string Key, JsonNode Setting)> settings, string[] needed, Func<string, bool> isRead)
    {
        foreach (var (key, _) in settings.Where(setting => !isRead(setting.Key)))
        {
            yield return $"{module}: {key} is not a setting";
        }

        foreach (var key in needed.Where(key => settings.All(setting => setting.Key != key)))
        {
            yield return $"{module}: {key} is not set";
        }

        foreach (var key in settings.GroupBy(setting => setting.Key).Where(key => key.Count() > 1))
        {
            yield return $"{module}: {key.Key} is set twice";
        }
    }

    // The gateway's own check decides, as at its start.
    private static bool IsKeyOfTheGateway(string key) =>
        key.Split(':')[0] is "Gateway" or "UpstreamSettings"
        && !ConfigurationCheck.Errors(new ConfigurationBuilder().AddInMemoryCollection([new(key, "x")]).Build())
            .Any(error => error.Contains("is not a configuration key", StringComparison.Ordinal));

    private static IEnumerable<string> SecretReferences(ArmTemplate main)
    {
        var app = GatewayApp(main);
        var declared = app["properties"]!["configuration"]!["secrets"]!.AsArray().Select(secret => secret!["name"]!.GetValue<string>()).ToHashSet();
        var referred = Container(app)["env"]!.AsArray().Select(setting => setting!["secretRef"]?.GetValue<string>()).OfType<string>().ToHashSet();
        return referred.Except(declared).Select(name => $"gateway: there is no secret {name}")
            .Concat(declared.Except(referred).Select(name => $"gateway: the secret {name} is not used"));
    }
}
