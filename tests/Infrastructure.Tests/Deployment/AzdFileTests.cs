using System.Text.RegularExpressions;
using Serverless.Infrastructure.Tests.Bicep;
using Serverless.Support.Processes;
using YamlDotNet.Serialization;

namespace Serverless.Infrastructure.Tests.Deployment;

/// <summary>
/// azure.yaml follows the schema of the Azure Developer CLI ("azure.yaml", v1.0) and refers only to files that exist. No package contains
/// the schema itself; azd ignores unknown members, so a misspelt one would have no effect.
/// </summary>
public sealed partial class AzdFileTests
{
    private static readonly string[] Members = ["name", "infra", "hooks", "services", "workflows"];
    private static readonly string[] ServiceMembers = ["host", "language", "project", "dist", "hooks"];
    private static readonly string[] CommandHooks = ["preprovision", "postprovision", "preup", "postup", "predeploy", "postdeploy", "predown", "postdown"];
    private static readonly string[] ServiceHooks = ["prerestore", "postrestore", "prebuild", "postbuild", "prepackage", "postpackage", "predeploy", "postdeploy"];

    private static readonly Dictionary<string, object> File = Read();

    [Fact]
    public void Members_are_those_that_azd_knows()
    {
        Assert.Empty(File.Keys.Except(Members));
        Assert.Matches("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", (string)File["name"]);
        Assert.Empty(Map(File["infra"]).Keys.Except(["provider", "path", "module"]));
        Assert.Equal("bicep", Map(File["infra"])["provider"]);
        Assert.Empty(Map(File["hooks"]).Keys.Except(CommandHooks));
        foreach (var service in Map(File["services"]).Values.Select(Map))
        {
            Assert.Empty(service.Keys.Except(ServiceMembers));
            Assert.Equal(("function", "custom"), ((string)service["host"], (string)service["language"]));
            Assert.Contains("dist", service); // azd refuses a custom service without it
            Assert.Empty(Map(service["hooks"]).Keys.Except(ServiceHooks));
        }

        Assert.All(Hooks, hook =>
        {
            Assert.Empty(hook.Keys.Except(["shell", "run"]));
            Assert.Equal("sh", hook["shell"]); // an inline script must name its shell
        });
        Assert.Equal(["up"], Map(File["workflows"]).Keys);
        var steps = ((List<object>)Map(File["workflows"])["up"]).Select(step => (string)Map(step)["azd"]);
        Assert.Equal(["provision", "deploy --all"], steps);
    }

    [Fact]
    public void What_it_names_is_there()
    {
        var infra = Map(File["infra"]);
        Assert.True(System.IO.File.Exists(Absolute($"{infra["path"]}/{infra["module"]}.bicepparam")));
        var commands = Hooks.Select(hook => (string)hook["run"]).ToList();
        Assert.All(commands.SelectMany(command => PathOf().Matches(command)), match => Assert.True(Path.Exists(Absolute(match.Value)), match.Value));
        Assert.Contains("bash infra/azd.sh preprovision", commands);
        Assert.Contains("bash infra/azd.sh postprovision", commands);
        foreach (var service in Map(File["services"]).Values.Select(Map))
        {
            Assert.True(Directory.Exists(Absolute((string)service["project"])));
            Assert.EndsWith($" --output {service["dist"]}", (string)Map(Map(service["hooks"])["prepackage"])["run"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Each_service_is_a_resource_with_its_tag()
    {
        var tags = Snapshot.Read("public").Resources.Select(resource => resource["tags"]?["azd-service-name"]?.GetValue<string>()).OfType<string>();
        Assert.Equal(Map(File["services"]).Keys, tags);
    }

    private static IEnumerable<Dictionary<string, object>> Hooks => Map(File["hooks"]).Values
        .Concat(Map(File["services"]).Values.SelectMany(service => Map(Map(service)["hooks"]).Values))
        .Select(Map);

    private static Dictionary<string, object> Read() =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(System.IO.File.ReadAllText(Absolute("azure.yaml")));

    private static Dictionary<string, object> Map(object node) =>
        ((Dictionary<object, object>)node).ToDictionary(member => (string)member.Key, member => member.Value);

    private static string Absolute(string path) => Path.Combine(BuiltProgram.RepositoryRoot, path);

    // infra/azd.sh · src/Functions
    [GeneratedRegex(@"\b(infra|src)/[\w./]+")]
    private static partial Regex PathOf();
}
