using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Serverless.Gateway.Hosting;
using Serverless.Hubs;
using Serverless.Infrastructure.Tests.Syntax;

namespace Serverless.Infrastructure.Tests.Templates;

/// <summary>Holds the settings that the templates give the two programs against the keys that these read.</summary>
internal static partial class SettingsCheck
{
    private const string GatewayFile = "bicep/modules/gateway.bicep";
    private const string FunctionsFile = "bicep/modules/functions.bicep";

    // Without these neither program is of use.
    private static readonly string[] GatewayNeeds = ["Gateway:AccessKeys:0", "UpstreamSettings:Templates:0:UrlTemplate", HttpPorts];
    private static readonly string[] FunctionsNeed = [ServerlessHubsOptions.ConnectionStringKey, "AzureWebJobsStorage:accountName"];

    private const string HttpPorts = "ASPNETCORE_HTTP_PORTS"; // ASP.NET Core's; KestrelSetup asks whether it is there

    // OpenTelemetry's, of which the first is read by Telemetry.cs and the others by the package.
    private static readonly string[] TelemetryKeys = ["OTEL_METRICS_EXPORTER", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"];

    // The Functions host's own (documentation, "App settings reference for Azure Functions").
    private static readonly string[] HostKeys =
    [
        "AzureWebJobsStorage:accountName", "AzureWebJobsStorage:credential", "AzureWebJobsStorage:clientId",
        "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    ];

    public static List<string> Errors(TemplateSet set) =>
    [
        .. Check(set.Templates[GatewayFile], "env", GatewayNeeds, key => key == HttpPorts || TelemetryKeys.Contains(key) || IsKeyOfTheGateway(key)),
        .. Check(set.Templates[FunctionsFile], "appSettings", FunctionsNeed, key => key == ServerlessHubsOptions.ConnectionStringKey || HostKeys.Contains(key)),
        .. SecretReferences(set.Templates[GatewayFile]),
    ];

    /// <summary>The keys, as configuration has them, with their values as they are written.</summary>
    public static List<(string Key, SyntaxNode Setting)> Settings(Template template, string property) =>
    [
        .. template.Tree.Of("object_property")
            .Where(node => node.Children is [{ } name, { Type: "array" or "call_expression" }] && name.Text == property)
            .SelectMany(node => node.Children[1].Of("object"))
            .Select(setting => (setting.Properties["name"].Unquoted.Replace("__", ":", StringComparison.Ordinal), setting)),
    ];

    private static IEnumerable<string> Check(Template template, string property, string[] needed, Func<string, bool> isRead)
    {
        var settings = Settings(template, property);
        foreach (var (key, setting) in settings.Where(setting => !isRead(setting.Key)))
        {
            yield return $"{template.Path}:{setting.Line}: nobody reads {key}";
        }

        foreach (var key in needed.Where(key => settings.All(setting => setting.Key != key)))
        {
            yield return $"{template.Path}: {key} is not set";
        }

        foreach (var key in settings.GroupBy(setting => setting.Key).Where(key => key.Count() > 1))
        {
            yield return $"{template.Path}: {key.Key} is set twice";
        }
    }

    // The gateway says itself, as it would at its start.
    private static bool IsKeyOfTheGateway(string key) =>
        key.Split(':')[0] is "Gateway" or "UpstreamSettings"
        && !ConfigurationCheck.Errors(new ConfigurationBuilder().AddInMemoryCollection([new(key, "x")]).Build())
            .Any(error => error.Contains("is no configuration key", StringComparison.Ordinal));

    private static IEnumerable<string> SecretReferences(Template template)
    {
        var declared = Settings(template, "secrets").Select(secret => secret.Key).ToHashSet();
        var referred = SecretReference().Matches(template.Tree.Text).Select(match => match.Groups[1].Value).ToHashSet();
        return referred.Except(declared).Select(name => $"{template.Path}: there is no secret {name}")
            .Concat(declared.Except(referred).Select(name => $"{template.Path}: nobody reads the secret {name}"));
    }

    [GeneratedRegex("secretRef: '([^']+)'")]
    private static partial Regex SecretReference();
}
