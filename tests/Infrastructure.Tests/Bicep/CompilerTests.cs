using System.Text.Json.Nodes;

namespace Serverless.Infrastructure.Tests.Bicep;

/// <summary>The Bicep compiler's diagnostics for the deployment.</summary>
public sealed class CompilerTests
{
    // Exit code 0 is not enough: an unknown property of a resource is a warning, and lint exits with 0 on warnings.
    [Fact]
    public async Task The_strict_rules_find_nothing()
    {
        using var compiler = new BicepCompiler();
        var (code, output, error) = await compiler.RunAsync("lint", "--pattern", "**/*.bicep*", "--diagnostics-format", "sarif");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal("", string.Join('\n', Findings(output, files: BicepCompiler.Files().Count(file => !file.EndsWith(".json", StringComparison.Ordinal)))));
    }

    [Fact]
    public async Task The_strict_rules_see_mistakes()
    {
        (string File, string From, string To, string Rule)[] mistakes =
        [
            ("modules/storage.bicep", "kind: 'StorageV2'", "kind: 'StorageV2", "BCP004"),
            ("modules/environment.bicep", "internal: false", "internol: false", "BCP089"),
            ("modules/redis.bicep", "redisEnterprise@", "redisEnterprize@", "BCP081"),
            ("modules/gateway.bicep", "param cores string", "param other string\n\n@description('x')\nparam cores string", "no-unused-params"),
            ("modules/vault.bicep", "Microsoft.KeyVault/vaults@2", "Microsoft.KeyVault/vaults@2023-07-01' = { //@2", "use-recent-api-versions"),
            ("modules/functions.bicep", "param insightsName string", "param connectionStringSecret string\n\n@description('x')\nparam insightsName string", "secure-secrets-in-params"),
            ("modules/observability.bicep", "param publisherIdentityName string", "param publisherIdentityName string\n\noutput key string = insights.listKeys().key", "outputs-should-not-contain-secrets"),
        ];
        using var compiler = new BicepCompiler();
        foreach (var (file, from, to, _) in mistakes)
        {
            compiler.Edit(file, from, to);
        }

        var (_, output, _) = await compiler.RunAsync("lint", "--pattern", "modules/*.bicep", "--diagnostics-format", "sarif");
        var findings = Findings(output).ToList();
        Assert.All(mistakes, mistake => Assert.Contains(findings, finding =>
            finding.StartsWith($"{Path.GetFileName(mistake.File)} {mistake.Rule}:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_files_are_formatted()
    {
        using var compiler = new BicepCompiler();
        Assert.Equal((0, "", ""), await compiler.RunAsync("format", "--pattern", "**/*.bicep*"));
        Assert.All(BicepCompiler.Files(), file => Assert.Equal(
            File.ReadAllText(file), File.ReadAllText(Path.Combine(compiler.Folder, Path.GetRelativePath(BicepCompiler.Templates, file)))));
    }

    [Fact]
    public async Task Secrets_and_the_image_come_from_the_environment()
    {
        using var compiler = new BicepCompiler
        {
            Environment = { ["GATEWAY_PRIMARY_KEY"] = "one", ["GATEWAY_SECONDARY_KEY"] = "two", ["UPSTREAM_KEY"] = "three" },
        };
        var (code, output, error) = await compiler.RunAsync("build-params", "main.bicepparam", "--stdout");
        Assert.Equal((0, ""), (code, error));
        var parameters = JsonNode.Parse(JsonNode.Parse(output)!["parametersJson"]!.GetValue<string>())!["parameters"]!;
        Assert.Equal(
            ["example.azurecr.io/gateway:1", "one", "two", "three"],
            ((string[])["gatewayImage", "primaryKey", "secondaryKey", "upstreamKey"]).Select(name => parameters[name]!["value"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Without_an_image_nothing_is_deployed()
    {
        using var compiler = new BicepCompiler();
        compiler.Environment.Remove("GATEWAY_IMAGE");
        var (code, _, error) = await compiler.RunAsync("build-params", "main.bicepparam", "--stdout");
        Assert.NotEqual(0, code);
        Assert.Contains("Environment variable \"GATEWAY_IMAGE\" does not exist", error, StringComparison.Ordinal);
    }

    // {"runs":[{"results":[{"ruleId":…,"message":{"text":…},"locations":[{"physicalLocation":{"artifactLocation":{"uri":…}}}]}]}]}, one for each file.
    private static IEnumerable<string> Findings(string sarif, int? files = null)
    {
        var documents = sarif.Replace("}{", "}\n\0{", StringComparison.Ordinal).Split('\0').Select(text => JsonNode.Parse(text)!).ToList();
        Assert.Equal(files ?? documents.Count, documents.Count);
        return documents
            .SelectMany(document => document["runs"]!.AsArray())
            .SelectMany(run => run!["results"]!.AsArray())
            .Select(result =>
            {
                var file = result!["locations"]![0]!["physicalLocation"]!["artifactLocation"]!["uri"]!.GetValue<string>();
                return $"{Path.GetFileName(file)} {result["ruleId"]}: {result["message"]!["text"]}";
            });
    }
}
