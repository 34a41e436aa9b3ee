using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Observing;

/// <summary>The example in docs/operations.md of the destination of an event, run against a gateway.</summary>
public sealed partial class WhyDocumentTests
{
    private static readonly string Section = Chapter().Match(
        File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "operations.md"))).Value;

    [Fact]
    public async Task The_documented_call_with_the_documented_templates_gets_the_documented_answer()
    {
        var blocks = Json().Matches(Section).Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(2, blocks.Length);
        var call = Call().Match(Section);
        var target = call.Groups[1].Value + call.Groups[2].Value;
        await using var gateway = await SettingsGateway.StartAsync(
            blocks[1], new Dictionary<string, string?> { ["Gateway__AccessKeys__0"] = GatewayFixture.Key });
        var answer = await gateway.Rest().SendAsync("GET", target);
        Assert.Equal(200, answer.Status);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(blocks[0]), JsonNode.Parse(answer.Body)), answer.Body);
    }

    [GeneratedRegex(@"^## Find out why a function.*?(?=^## )", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Chapter();

    [GeneratedRegex(@"^```json\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Json();

    [GeneratedRegex(@"url=http://localhost:8888(\S+)\ncurl ""\$url([^""]+)""")]
    private static partial Regex Call();
}
