using System.Text.Json.Nodes;
using Serverless.Infrastructure.Tests.Bicep;

namespace Serverless.Infrastructure.Tests.Templates;

/// <summary>
/// The project's own checks detect a mistake of each kind: each case changes the compiled template, and names the expected finding.
/// </summary>
public sealed class SeededMistakeTests
{
    [Theory]
    [InlineData(""" "The region of all resources." """, """ "" """, "main: location has no description")]
    [InlineData(""" "description":"The domain that contains the host names of the apps." """, """ "x":1 """, "hosting: defaultDomain has no description")]
    [InlineData(""" "type":"Microsoft.Web/serverfarms","apiVersion":"2025-03-01" """, """ "type":"Microsoft.Web/serverfarms","apiVersion":"2025-03-01-preview" """, "functions: Microsoft.Web/serverfarms has a preview version")]
    [InlineData(""" "value":"[reference(resourceId('Microsoft.Web/sites' """, """ "value":"[listKeys(resourceId('Microsoft.Web/sites' """, "functions: output host gives a secret away")]
    [InlineData(""" "value":"[reference(resourceId('Microsoft.Web/sites', parameters('name')), '2025-03-01').defaultHostName] """, """ "value":"[reference('insights').ConnectionString] """, "functions: output host gives a secret away")]
    [InlineData(""" "value":"[parameters('upstreamPath')]" """, """ "value":"[parameters('primaryKey')]" """, "main: output path gives a secret away")]
    [InlineData(""" "vaultName":{"value":"[variables('vaultName')]" """, """ "vaultName":{"value":"[parameters('upstreamKey')]" """, "main: a secret goes into vaultName of endpoints, which is not @secure()")]
    [InlineData(""" "vaultName":{"value":"[variables('vaultName')]" """, """ "vaultName":{"value":"[variables('key')]" """, "main: a secret goes into vaultName of endpoints, which is not @secure()")]
    [InlineData(""" "failureThreshold":10 """, """ "failureThreshold":60 """, "gateway: failureThreshold of the Startup probe is 60, not 1 to 10")]
    [InlineData(""" "functionApp":{"type" """, """ "functionAppName":{"type" """, "main: output functionAppName is not read")]
    [InlineData(""" reference('redis').outputs.host.value """, """ reference('redis').outputs.hosts.value """, "redis: output host is not read")]
    public async Task A_mistake_in_a_template_is_seen(string from, string to, string expected)
    {
        var main = ArmTemplate.Parse(await SeedAsync(from, to));
        Assert.Contains(TemplateCheck.Errors(main, TemplatesTests.Scripts), error => error == expected);
    }

    [Theory]
    [InlineData("Gateway__Nodes__DrainTime", "Gateway__Node__DrainTime", "gateway: Gateway:Node:DrainTime is not a setting")]
    [InlineData("Gateway__Tables", "GATEWAY_TABLES", "gateway: GATEWAY_TABLES is not a setting")]
    [InlineData("Gateway__AccessKeys__1", "Gateway__AccessKeys__0", "gateway: Gateway:AccessKeys:0 is set twice")]
    [InlineData("UpstreamSettings__Templates__0__UrlTemplate", "UpstreamSettings__Templates__1__UrlTemplate", "gateway: UpstreamSettings:Templates:0:UrlTemplate is not set")]
    [InlineData(""" "secretRef":"access-key-primary" """, """ "secretRef":"access-key" """, "gateway: there is no secret access-key")]
    [InlineData(""" "AzureSignalRConnectionString" """, """ "AzureSignalRConnection" """, "functions: AzureSignalRConnection is not a setting")]
    [InlineData("AzureWebJobsStorage__accountName", "AzureWebJobsStorage__account", "functions: AzureWebJobsStorage:accountName is not set")]
    public async Task A_mistake_in_a_setting_is_seen(string from, string to, string expected) =>
        Assert.Contains(expected, SettingsCheck.Errors(ArmTemplate.Parse(await SeedAsync(from, to))));

    // The cases are JSON without spaces between tokens; spaces around a case only separate its quotes.
    private static async Task<string> SeedAsync(string from, string to)
    {
        var template = (await ArmTemplate.MainAsync()).Root;

        // Additions that some mistakes need: a variable that contains a secret, and an output that reads a parameter.
        template["variables"]!["key"] = "[format('x{0}', parameters('primaryKey'))]";
        template["outputs"]!["path"] = new JsonObject { ["type"] = "string", ["value"] = "[parameters('upstreamPath')]" };
        var main = template.ToJsonString(ArmTemplate.Json);
        var at = main.IndexOf(from.Trim(), StringComparison.Ordinal);
        Assert.True(at >= 0, $"The compiled template has no '{from}'.");
        return main[..at] + to.Trim() + main[(at + from.Trim().Length)..];
    }
}
