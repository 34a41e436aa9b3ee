using System.Diagnostics;
using System.Net;
using Serverless.Infrastructure.Tests.Bicep;
using Serverless.Support.Processes;

namespace Serverless.Infrastructure.Tests.Templates;

/// <summary>The gateway as deployed: with the templates' settings, in Production, checked by the templates' probes.</summary>
public sealed class GatewaySettingsTests
{
    // Azure's values for the resources. Reading a value that is not listed fails the test.
    private static readonly Dictionary<string, string> Azure = new()
    {
        ["clientId"] = "11111111-2222-3333-4444-555555555555",
        ["principalId"] = "66666666-7777-8888-9999-000000000000",
        ["primaryEndpoints.table"] = "https://serverlessabc.table.core.windows.net/",
        ["vaultUri"] = "https://serverlessabc.vault.azure.net/",
        ["defaultDomain"] = "example.westeurope.azurecontainerapps.io",
        ["defaultHostName"] = "serverless-functions-abc.azurewebsites.net",
        ["configuration.ingress.fqdn"] = "serverless-gateway.example.westeurope.azurecontainerapps.io",
        ["hostName"] = "serverless-abc.westeurope.redis.azure.net",
    };

    [Fact]
    public async Task The_gateway_starts_with_the_settings_of_the_template_and_answers_its_probes()
    {
        var snapshot = Snapshot.Read("public");
        var container = SettingsCheck.Container(snapshot.OfType("Microsoft.App/containerApps").Single());
        var port = FreePort.Find();
        var environment = container["env"]!.AsArray().ToDictionary(
            setting => setting!["name"]!.GetValue<string>(),
            setting => setting!["secretRef"] is null
                ? ArmExpression.Evaluate(setting["value"]!.GetValue<string>(), Azure)
                : "a-key-of-more-than-thirty-two-bytes-0123");
        Assert.Equal("https://serverless-gateway.example.westeurope.azurecontainerapps.io", environment["Gateway__Endpoints__0"]);
        environment["ASPNETCORE_HTTP_PORTS"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        environment["ASPNETCORE_ENVIRONMENT"] = "Production";

        await using var gateway = await ServerProcess.StartAsync(
            new ProcessStartInfo("dotnet", [BuiltProgram.Gateway.Assembly]),
            new($"http://127.0.0.1:{port}"),
            "/api/health",
            environment.ToDictionary(setting => setting.Key, setting => (string?)setting.Value));
        Assert.DoesNotContain("fail:", gateway.Log, StringComparison.Ordinal);

        using var client = new HttpClient { BaseAddress = gateway.Address };
        var probes = container["probes"]!.AsArray().Select(probe => probe!["httpGet"]!["path"]!.GetValue<string>()).ToList();
        Assert.Equal(3, probes.Count);
        var readyTest = snapshot.OfType("Microsoft.Insights/webtests").Single()["properties"]!["Request"]!["RequestUrl"]!.GetValue<string>();
        var asked = ArmExpression.Evaluate(readyTest, Azure);
        foreach (var probe in probes.Append(new Uri(asked).AbsolutePath))
        {
            await SucceedsAsync(client, new Uri(probe, UriKind.Relative));
        }
    }

    // The template's Redis does not exist: the gateway waits for it for a while before it accepts clients without it.
    private static async Task SucceedsAsync(HttpClient client, Uri probe)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var limit = Stopwatch.StartNew();
        while ((await client.GetAsync(probe)).StatusCode != HttpStatusCode.OK)
        {
            Assert.True(limit.Elapsed < TimeSpan.FromSeconds(30), $"{probe} does not answer 200.");
            await poll.WaitForNextTickAsync();
        }
    }
}
