using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.Workspace;

/// <summary>The editor's tasks, debug profiles, launch settings and dev container refer only to files and projects that exist.</summary>
public partial class WorkspaceFilesTests
{
    private static readonly JsonNode Tasks = Read(".vscode/tasks.json");
    private static readonly JsonNode Launch = Read(".vscode/launch.json");

    private static HashSet<string> TaskLabels => [.. Items(Tasks["tasks"]).Select(task => (string)task["label"]!)];

    [Fact]
    public void Every_path_in_tasks_and_debug_profiles_exists()
    {
        var paths = Strings(Tasks).Concat(Strings(Launch))
            .SelectMany(text => WorkspacePath().Matches(text).Select(match => match.Groups[1].Value)).Distinct().ToList();

        Assert.Contains("src/Gateway/Gateway.csproj", paths);
        Assert.All(paths, AssertThere);
    }

    [Fact]
    public void Scripts_that_tasks_run_exist()
    {
        var scripts = Items(Tasks["tasks"]).SelectMany(task => Items(task["args"])).Select(argument => (string)argument!)
            .Where(argument => argument.EndsWith(".cs", StringComparison.Ordinal) || argument.EndsWith(".sh", StringComparison.Ordinal)).ToList();

        Assert.Contains("start.cs", scripts);
        Assert.All(scripts, AssertThere);
    }

    [Fact]
    public void Every_task_that_is_named_is_there()
    {
        var named = Items(Launch["configurations"]).Concat(Items(Launch["compounds"])).Select(profile => (string?)profile["preLaunchTask"])
            .Concat(Items(Tasks["tasks"]).SelectMany(task => task["dependsOn"] is JsonValue one ? [(string?)one] : Items(task["dependsOn"]).Select(item => (string?)item)))
            .Where(name => name is not null).ToList();

        Assert.True(named.Count >= 6);
        Assert.All(named, name => Assert.Contains(name!, TaskLabels));
    }

    [Fact]
    public void The_compound_profile_debugs_the_gateway_and_the_functions()
    {
        var profiles = Items(Launch["configurations"]).Select(profile => (string)profile["name"]!).ToList();
        var compound = Assert.Single(Items(Launch["compounds"]));

        Assert.Equal(["Gateway", "Functions"], Items(compound["configurations"]).Select(name => (string)name!));
        Assert.All(Items(compound["configurations"]), name => Assert.Contains((string)name!, profiles));
    }

    [Theory]
    [InlineData("Gateway")]
    [InlineData("Functions")]
    public void A_profile_debugs_the_program_that_its_task_builds(string name)
    {
        var profile = Items(Launch["configurations"]).Single(profile => (string?)profile["name"] == name);
        var task = Items(Tasks["tasks"]).Single(task => (string?)task["label"] == (string?)profile["preLaunchTask"]);
        var project = $"${{workspaceFolder}}/src/{name}";

        Assert.Contains($"{project}/{name}.csproj", Items(task["args"]).Select(argument => (string)argument!));
        Assert.Equal($"{project}/bin/Debug/net10.0/{name}.dll", (string?)profile["program"]);
        Assert.Equal("Development", (string?)profile["env"]!["ASPNETCORE_ENVIRONMENT"]);
    }

    [Theory]
    [InlineData("Gateway")]
    [InlineData("Functions")]
    public void Launch_settings_run_the_project_in_development(string name)
    {
        var profile = Read($"src/{name}/Properties/launchSettings.json")["profiles"]![name]!;

        Assert.Equal("Project", (string?)profile["commandName"]);
        Assert.Equal("Development", (string?)profile["environmentVariables"]!["ASPNETCORE_ENVIRONMENT"]);
    }

    [Fact]
    public void The_dev_container_brings_the_sdk_that_the_repository_wants_and_forwards_both_ports()
    {
        var container = Read(".devcontainer/devcontainer.json");
        var sdk = Version.Parse((string)Read("global.json")["sdk"]!["version"]!);
        var settings = Read("src/Functions/local.settings.sample.json");
        var create = (string)container["postCreateCommand"]!;

        Assert.EndsWith($"-{sdk.Major}.{sdk.Minor}", (string)container["image"]!, StringComparison.Ordinal);
        Assert.Equal([(int)settings["Host"]!["LocalHttpPort"]!, 8888], Items(container["forwardPorts"]).Select(port => (int)port));
        Assert.All(ProjectPath().Matches(create), match => AssertThere(match.Value));
        Assert.Equal(2, ProjectPath().Count(create));
    }

    private static JsonNode Read(string path) => JsonNode.Parse(File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, path)))!;

    private static IEnumerable<JsonNode> Items(JsonNode? list) => list is JsonArray array ? array.Select(item => item!) : [];

    private static IEnumerable<string> Strings(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(field => Strings(field.Value)),
        JsonArray items => items.SelectMany(Strings),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => [(string)value!],
        _ => [],
    };

    // The output of a build may not exist yet, but its project does.
    private static void AssertThere(string path) =>
        Assert.True(Path.Exists(Path.Combine(BuiltProgram.RepositoryRoot, path.Split("/bin/")[0])), $"{path} does not exist.");

    [GeneratedRegex(@"\$\{workspaceFolder\}/(\S+)")]
    private static partial Regex WorkspacePath();

    [GeneratedRegex(@"src/\w+")]
    private static partial Regex ProjectPath();
}
