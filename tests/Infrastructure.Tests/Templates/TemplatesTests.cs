using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml;
using Microsoft.Extensions.Logging;
using Serverless.Gateway.Hosting;
using Serverless.Gateway.Storage;
using Serverless.Infrastructure.Tests.Bicep;
using Serverless.Support.Processes;

namespace Serverless.Infrastructure.Tests.Templates;

/// <summary>The deployment is consistent where the compiler does not check it: in the compiled template and in its prediction.</summary>
public sealed partial class TemplatesTests
{
    // Least privilege: only these roles are assigned, all of them built-in roles of Azure.
    private static readonly Dictionary<string, string> Roles = new()
    {
        ["acrPull"] = "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        ["tableDataContributor"] = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
        ["blobDataOwner"] = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        ["queueDataContributor"] = "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
        ["secretsUser"] = "4633458b-17de-408a-b874-0445c86b69e6",
        ["metricsPublisher"] = "3913510d-42f4-4e42-8a64-420c390055eb",
    };

    // The rules for the last part of a resource's name ("Naming rules and restrictions for Azure resources", and the types' own reference).
    private static readonly Dictionary<string, Regex> NameRules = new()
    {
        ["Microsoft.Storage/storageAccounts"] = new("^[a-z0-9]{3,24}$"),
        ["Microsoft.Storage/storageAccounts/blobServices/containers"] = new("^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$"),
        ["Microsoft.KeyVault/vaults"] = new("^[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]$"),
        ["Microsoft.KeyVault/vaults/secrets"] = new("^[A-Za-z0-9-]{1,127}$"),
        ["Microsoft.ContainerRegistry/registries"] = new("^[A-Za-z0-9]{5,50}$"),
        ["Microsoft.App/containerApps"] = new("^[a-z](?!.*--)[a-z0-9-]{0,30}[a-z0-9]$"),
        ["Microsoft.Web/sites"] = new("^[A-Za-z0-9][A-Za-z0-9-]{0,58}[A-Za-z0-9]$"),
        ["Microsoft.Cache/redisEnterprise"] = new("^(?=.{1,60}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*$"),
        ["Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments"] = new("^[A-Za-z0-9]{1,60}$"),
        ["Microsoft.Authorization/roleAssignments"] = new("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
    };

    // The coarsest grain of the metric in Azure Monitor ("Supported metrics" of the type; Redis had five minutes before it had one).
    private static readonly Dictionary<string, TimeSpan> Grains = new()
    {
        ["connectedclients"] = TimeSpan.FromMinutes(5),
        ["WorkingSetBytes"] = TimeSpan.FromMinutes(1),
    };

    /// <value>The scripts that deploy the templates.</value>
    internal static string Scripts { get; } = string.Concat(
        Directory.GetFiles(Path.Combine(BuiltProgram.RepositoryRoot, "infra"), "*.sh").Select(File.ReadAllText));

    public static TheoryData<string> Networks => new("public", "private");

    [Fact]
    public async Task The_templates_hold_together()
    {
        var main = await ArmTemplate.MainAsync();
        Assert.True(main.Modules.Count() >= 11, "The modules have not been read.");
        Assert.True(main.Modules.Sum(module => module.Template.Resources.Count()) >= 30, "The resources have not been read.");
        Assert.Equal("", string.Join('\n', TemplateCheck.Errors(main, Scripts)));
    }

    [Fact]
    public async Task The_settings_are_keys_that_the_programs_read()
    {
        var main = await ArmTemplate.MainAsync();
        Assert.True(SettingsCheck.OfGateway(main).Count >= 9);
        Assert.True(SettingsCheck.OfFunctions(main).Count >= 6);
        Assert.Equal("", string.Join('\n', SettingsCheck.Errors(main)));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Only_known_roles_are_given_and_only_to_the_two_identities(string network)
    {
        var given = Snapshot.Read(network).OfType("Microsoft.Authorization/roleAssignments").Select(role => role["properties"]!).ToList();
        Assert.Equal(
            Roles.Values.Append(Roles["secretsUser"]).Order(),
            given.Select(role => role["roleDefinitionId"]!.GetValue<string>().Split('/')[^1]).Order());
        Assert.All(given, role => Assert.Matches(
            @"^\[reference\('[^']*/userAssignedIdentities/serverless-(gateway|functions)', '[^']*'\)\.principalId\]$", role["principalId"]!.GetValue<string>()));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Names_are_such_as_Azure_takes(string network)
    {
        var named = Snapshot.Read(network).Resources
            .Select(resource => (Type: resource["type"]!.GetValue<string>(), Name: resource["name"]!.GetValue<string>().Split('/')[^1]))
            .Where(resource => NameRules.ContainsKey(resource.Type))
            .ToList();
        Assert.Equal(NameRules.Keys.Order(), named.Select(resource => resource.Type).Distinct().Order());
        Assert.All(named, resource => Assert.Matches(NameRules[resource.Type], resource.Name));
    }

    [Fact]
    public async Task Nodes_are_joined_unless_one_says_otherwise_and_then_there_is_one()
    {
        var main = await ArmTemplate.MainAsync();
        Assert.True(main.Parameters.Single(parameter => parameter.Name == "joinNodes").Declaration["defaultValue"]!.GetValue<bool>());
        var arguments = main.Modules.Single(module => module.Symbol == "gateway").Arguments;
        foreach (var limit in (string[])["minReplicas", "maxReplicas"])
        {
            Assert.Equal(
                $"[if(parameters('joinNodes'), createObject('value', parameters('{limit}')), createObject('value', 1))]", arguments[limit]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task The_alert_on_upstreams_asks_for_events_that_the_gateway_logs()
    {
        var asked = (await ArmTemplate.MainAsync()).Module("alerts").Root["variables"]!["upstreamFailures"]!.AsObject();
        var logged = typeof(ConfigurationCheck).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .ToDictionary(message => message.EventName!, message => message.EventId);
        Assert.All(asked, happening => Assert.Equal(logged[happening.Key], happening.Value!.GetValue<int>()));
        var query = Alert("upstream-failing")["properties"]!["criteria"]!["allOf"]![0]!["query"]!.GetValue<string>();
        Assert.Equal(asked.Select(happening => happening.Value!.GetValue<int>()).Order(), Ids().Match(query).Groups[1].Value.Split('|').Select(int.Parse).Order());
    }

    [Fact]
    public void Alerts_look_no_more_often_than_their_metric_comes()
    {
        var alerts = Snapshot.Read("public").OfType("Microsoft.Insights/metricAlerts").ToList();
        Assert.Equal(3, alerts.Count);
        foreach (var properties in alerts.Select(alert => alert["properties"]!))
        {
            var often = XmlConvert.ToTimeSpan(properties["evaluationFrequency"]!.GetValue<string>());
            var window = XmlConvert.ToTimeSpan(properties["windowSize"]!.GetValue<string>());
            Assert.True(window >= often);
            foreach (var metric in properties["criteria"]!["allOf"]?.AsArray() ?? [])
            {
                var grain = Grains[metric!["metricName"]!.GetValue<string>()];
                Assert.True(often >= grain && window >= grain, $"{metric["metricName"]} has a grain of {grain}, but is evaluated every {often} over {window}.");
            }
        }

        // The ready test has no grain; its alert must cover a run from each location.
        var period = Snapshot.Read("public").OfType("Microsoft.Insights/webtests").Single()["properties"]!["Frequency"]!.GetValue<int>();
        Assert.True(XmlConvert.ToTimeSpan(Alert("gateway-not-ready")["properties"]!["windowSize"]!.GetValue<string>()).TotalSeconds >= period);
    }

    [Fact]
    public void Operators_are_told_of_every_alert_what_it_means_and_what_to_do()
    {
        var snapshot = Snapshot.Read("public");
        var alerts = snapshot.OfType("Microsoft.Insights/metricAlerts").Concat(snapshot.OfType("Microsoft.Insights/scheduledQueryRules"))
            .Select(alert => alert["name"]!.GetValue<string>()).ToList();
        Assert.Equal(5, alerts.Count);
        var rows = File.ReadLines(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "operations.md"))
            .SkipWhile(line => line != "## Act on an alert")
            .TakeWhile(line => line != "## Read the log")
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|')[1..^1])
            .ToList();
        Assert.Equal(alerts.Order(), rows.Select(row => row[0].Trim(' ', '`')).Order());
        Assert.All(rows, row => Assert.True(row is [_, { Length: > 20 }, { Length: > 20 }], $"{row[0]} has too short a description."));
    }

    [Fact]
    public void The_alert_on_dead_letters_looks_at_the_gateway_s_table() => Assert.Contains(
        $"Uri contains \"{TableDeadLetterStore.TableName}\"",
        Alert("dead-letters-growing")["properties"]!["criteria"]!["allOf"]![0]!["query"]!.GetValue<string>(),
        StringComparison.Ordinal);

    [Fact]
    public void The_document_names_every_parameter_of_the_parameters_file()
    {
        var document = File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "deploy.md"));
        string[] setByTheScript = ["name", "gatewayImage", "primaryKey", "secondaryKey", "upstreamKey"];
        var knobs = Assignment().Matches(File.ReadAllText(Path.Combine(BicepCompiler.Templates, "main.bicepparam")))
            .Select(match => match.Groups[1].Value).Except(setByTheScript).ToList();
        Assert.True(knobs.Count >= 6);
        Assert.All(knobs, knob => Assert.Contains($"`{knob}`", document, StringComparison.Ordinal));
    }

    private static System.Text.Json.Nodes.JsonObject Alert(string name) =>
        Snapshot.Read("public").Resources.Single(resource => resource["name"]!.GetValue<string>() == name);

    // matches regex "[[](5002|5003)[]]$"
    [GeneratedRegex(@"\(([\d|]+)\)")]
    private static partial Regex Ids();

    [GeneratedRegex(@"^param (\w+) =", RegexOptions.Multiline)]
    private static partial Regex Assignment();
}
