using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Serverless.Infrastructure.Tests.Syntax;
using Serverless.Support.Processes;

namespace Serverless.Infrastructure.Tests.Templates;

/// <summary>The gateway as the template would run it: with those settings, in Production, asked by those probes.</summary>
public sealed partial class GatewaySettingsTests
{
    // What the template's expressions come to, for lack of a compiler. An expression that is not here fails the test.
    private static readonly Dictionary<string, string> Values = new()
    {
        ["secretRef"] = "a-key-of-more-than-thirty-two-bytes-0123",
        ["drainTime"] = "00:01:00",
        ["identity.properties.clientId"] = "11111111-2222-3333-4444-555555555555",
        ["identity.properties.principalId"] = "66666666-7777-8888-9999-000000000000",
        ["storage.properties.primaryEndpoints.table"] = "https://serverlessabc.table.core.windows.net/",
        ["host"] = "serverless-gateway.example.westeurope.azurecontainerapps.io",
        ["redisHost"] = "serverless-abc.westeurope.redis.azure.net",
        ["upstreamUrl"] = "https://serverless-functions-abc.azurewebsites.net/api/upstream/{hub}/{category}/{event}",
        ["vault.properties.vaultUri"] = "https://serverlessabc.vault.azure.net/",
    };

    [Fact]
    public async Task The_gateway_starts_with_the_settings_of_the_template_and_answers_its_probes()
    {
        var set = await TemplateSet.ParseAsync(TemplateSet.Files());
        var template = set.Templates["bicep/modules/gateway.bicep"];
        var port = FreePort.Find();
        var environment = SettingsCheck.Settings(template, "env")
            .ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => (string?)ValueOf(setting.Setting, port));
        environment["ASPNETCORE_ENVIRONMENT"] = "Production";

        await using var gateway = await ServerProcess.StartAsync(
            new ProcessStartInfo("dotnet", [BuiltProgram.Gateway.Assembly]), new($"http://127.0.0.1:{port}"), "/api/health", environment);
        Assert.DoesNotContain("fail:", gateway.Log, StringComparison.Ordinal);

        using var client = new HttpClient { BaseAddress = gateway.Address };
        var probes = Probe().Matches(template.Tree.Text).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(3, probes.Count);
        foreach (var probe in probes.Append(ReadyTest().Match(TemplateSet.Files()["bicep/modules/alerts.bicep"]).Groups[1].Value))
        {
            await SucceedsAsync(client, new Uri(probe, UriKind.Relative));
        }
    }

    // The template's Redis is not there: the gateway waits for it a while before it takes clients without.
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

    private static string ValueOf(SyntaxNode setting, int port)
    {
        var properties = setting.Properties;
        if (properties.ContainsKey("secretRef"))
        {
            return Values["secretRef"];
        }

        var value = properties["value"];
        return value.Type switch
        {
            "string" => Interpolation().Replace(value.Unquoted, match => Values[match.Groups[1].Value]),
            // upstreamAsksForKey ? … : upstreamUrl
            "ternary_expression" => Values[value.Children[^1].Text],
            _ when value.Text == "string(port)" => port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            _ => Values[value.Text],
        };
    }

    [GeneratedRegex(@"\$\{([^}]+)\}")]
    private static partial Regex Interpolation();

    [GeneratedRegex(@"httpGet: \{ path: '([^']+)', port: port \}")]
    private static partial Regex Probe();

    [GeneratedRegex(@"RequestUrl: '\$\{gatewayUrl\}([^']+)'")]
    private static partial Regex ReadyTest();
}
