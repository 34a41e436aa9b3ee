using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Serverless.Gateway.Hosting;
using Serverless.Gateway.Storage;
using Serverless.Support.Processes;

namespace Serverless.Infrastructure.Tests.Templates;

/// <summary>The deployment's Bicep files hold together, as far as that can be said without Azure.</summary>
public sealed partial class TemplatesTests
{
    // Least privilege: no role is given but these, which are of Azure's built-in ones.
    private static readonly Dictionary<string, string> Roles = new()
    {
        ["acrPull"] = "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        ["tableDataContributor"] = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
        ["blobDataOwner"] = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        ["secretsUser"] = "4633458b-17de-408a-b874-0445c86b69e6",
        ["metricsPublisher"] = "3913510d-42f4-4e42-8a64-420c390055eb",
    };

    [Fact]
    public async Task Every_file_parses_and_names_what_is_there()
    {
        var set = await TemplateSet.ParseAsync(TemplateSet.Files());
        Assert.True(set.Templates.Count >= 12, "The files have not been found.");
        Assert.True(set.Templates["bicep/main.bicep"].Modules.Count >= 10, "The modules have not been read.");
        Assert.True(set.Templates.Values.Sum(template => template.Resources.Count) >= 40, "The resources have not been read.");
        Assert.Equal("", string.Join('\n', TemplateCheck.Errors(set)));
    }

    [Fact]
    public async Task The_settings_are_keys_that_the_programs_read()
    {
        var set = await TemplateSet.ParseAsync(TemplateSet.Files());
        Assert.True(SettingsCheck.Settings(set.Templates["bicep/modules/gateway.bicep"], "env").Count >= 9);
        Assert.True(SettingsCheck.Settings(set.Templates["bicep/modules/functions.bicep"], "appSettings").Count >= 6);
        Assert.Equal("", string.Join('\n', SettingsCheck.Errors(set)));
    }

    [Fact]
    public void Only_known_roles_are_given()
    {
        var given = TemplateSet.Files().Values
            .SelectMany(text => RoleVariable().Matches(text).Select(match => (Name: match.Groups[1].Value, Id: match.Groups[2].Value)))
            .ToList();
        Assert.Equal(Roles.Count, given.Count);
        Assert.All(given, role => Assert.Equal(Roles[role.Name], role.Id));
        Assert.All(
            TemplateSet.Files().Values.SelectMany(text => RoleUse().Matches(text).Select(match => match.Groups[1].Value)),
            role => Assert.Contains(role, Roles.Keys));
    }

    [Fact]
    public void The_alert_on_upstreams_asks_for_events_that_the_gateway_logs()
    {
        var match = UpstreamQuery().Match(TemplateSet.Files()["bicep/modules/alerts.bicep"]);
        Assert.True(match.Success);
        var logged = typeof(ConfigurationCheck).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .ToDictionary(message => message.EventName!, message => message.EventId);
        var names = match.Groups[1].Value.Split(", ");
        Assert.Equal(names.Select(name => logged[name]).Order(), match.Groups[2].Value.Split('|').Select(int.Parse));
    }

    [Fact]
    public void Nodes_are_joined_unless_one_says_otherwise_and_then_there_is_one()
    {
        var files = TemplateSet.Files();
        Assert.Contains("param joinNodes = true", files["bicep/main.bicepparam"], StringComparison.Ordinal);
        Assert.Contains("param joinNodes bool = true", files["bicep/main.bicep"], StringComparison.Ordinal);
        foreach (var limit in (string[])["minReplicas", "maxReplicas"])
        {
            Assert.Contains($"{limit}: joinNodes ? {limit} : 1", files["bicep/main.bicep"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Operators_are_told_of_every_alert_what_it_means_and_what_to_do()
    {
        var alerts = AlertName().Matches(TemplateSet.Files()["bicep/modules/alerts.bicep"]).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(5, alerts.Count);
        var rows = File.ReadLines(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "operations.md"))
            .SkipWhile(line => line != "## Alerts")
            .TakeWhile(line => line != "## Logs")
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|')[1..^1])
            .ToList();
        Assert.Equal(alerts.Order(), rows.Select(row => row[0].Trim(' ', '`')).Order());
        Assert.All(rows, row => Assert.True(row is [_, { Length: > 20 }, { Length: > 20 }], $"{row[0]} says too little."));
    }

    [Fact]
    public void The_alert_on_dead_letters_looks_at_the_gateway_s_table() => Assert.Contains(
        $"param deadLetterTable string = '{TableDeadLetterStore.TableName}'",
        TemplateSet.Files()["bicep/modules/alerts.bicep"],
        StringComparison.Ordinal);

    [Fact]
    public void The_document_names_every_parameter_of_the_parameters_file()
    {
        var document = File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "deploy.md"));
        var files = TemplateSet.Files();
        string[] setByTheScript = ["name", "gatewayImage", "primaryKey", "secondaryKey", "upstreamKey"];
        var knobs = Assignment().Matches(files["bicep/main.bicepparam"]).Select(match => match.Groups[1].Value).Except(setByTheScript).ToList();
        Assert.True(knobs.Count >= 6);
        Assert.All(knobs, knob => Assert.Contains($"`{knob}`", document, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^param (\w+) =", RegexOptions.Multiline)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"'Microsoft\.Insights/(?:metricAlerts|scheduledQueryRules)@[^\n]*\n  name: '([\w-]+)'")]
    private static partial Regex AlertName();

    // var acrPull = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '…')
    [GeneratedRegex(@"var (\w+) = subscriptionResourceId\('Microsoft\.Authorization/roleDefinitions', '([^']+)'\)")]
    private static partial Regex RoleVariable();

    [GeneratedRegex(@"roleDefinitionId: (.+)")]
    private static partial Regex RoleUse();

    // The comment with the events' names, and the query with their ids.
    [GeneratedRegex(@"// (Upstream\w+(?:, \w+)+)\nresource upstreamFailing.*?regex ""\[\[\]\(([\d|]+)\)", RegexOptions.Singleline)]
    private static partial Regex UpstreamQuery();
}
