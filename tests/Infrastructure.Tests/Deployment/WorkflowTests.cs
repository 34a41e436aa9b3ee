using System.Diagnostics;
using Serverless.Support.Processes;
using YamlDotNet.Serialization;

namespace Serverless.Infrastructure.Tests.Deployment;

/// <summary>The GitHub workflow that deploys: it passes actionlint, and has only the permissions and secrets that it needs.</summary>
public sealed class WorkflowTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly string Folder = Path.Combine(BuiltProgram.RepositoryRoot, ".github", "workflows");
    private static readonly string Workflow = File.ReadAllText(Path.Combine(Folder, "deploy.yml"));

    [Fact]
    public async Task Actionlint_finds_nothing()
    {
        var (code, output) = await LintAsync(Directory.GetFiles(Folder, "*.yml"));
        Assert.True(code == 0, output);
    }

    [Theory]
    [InlineData("global-json-file: global.json", "global-json: global.json", "input \"global-json\" is not defined")]
    public async Task Actionlint_sees_a_mistake(string from, string to, string expected)
    {
        Assert.Contains(from, Workflow, StringComparison.Ordinal);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Workflow.Replace(from, to, StringComparison.Ordinal));
            var (code, output) = await LintAsync(file);
            Assert.NotEqual(0, code);
            Assert.Contains(expected, output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Each_job_signs_in_by_OIDC_and_has_no_other_right_than_to_read()
    {
        var workflow = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(Workflow);
        Assert.Empty((Dictionary<object, object>)workflow["permissions"]);
        var jobs = (Dictionary<object, object>)workflow["jobs"];
        Assert.Equal(["what-if", "deploy"], jobs.Keys);
        foreach (var job in jobs.Values.Cast<Dictionary<object, object>>())
        {
            Assert.Equal(new() { ["id-token"] = "write", ["contents"] = "read" }, (Dictionary<object, object>)job["permissions"]);
            Assert.Contains((List<object>)job["steps"], step => ((Dictionary<object, object>)step).GetValueOrDefault("uses") is "azure/login@v2");
            Assert.Contains("vars.AZURE_CLIENT_ID != ''", (string)job["if"], StringComparison.Ordinal);
        }

        Assert.DoesNotContain("secrets.", Workflow, StringComparison.Ordinal);
        Assert.Contains("head.repo.full_name == github.repository", (string)((Dictionary<object, object>)jobs["what-if"])["if"], StringComparison.Ordinal);
        Assert.Equal("azure", ((Dictionary<object, object>)jobs["deploy"])["environment"]);
    }

    [Fact]
    public async Task What_if_asks_with_the_image_that_runs()
    {
        var workflow = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(Workflow);
        var job = (Dictionary<object, object>)((Dictionary<object, object>)workflow["jobs"])["what-if"];
        var script = ((List<object>)job["steps"]).Select(step => ((Dictionary<object, object>)step).GetValueOrDefault("run")).OfType<string>().Single();
        using var shell = new ShellRun { Environment = { ["GROUP"] = "serverless" } };
        var (code, output, error) = await shell.RunAsync("-eo", "pipefail", "-c", script);
        Assert.True(code == 0, output + error);
        Assert.Equal("az deployment group what-if --resource-group serverless --parameters infra/bicep/main.bicepparam", shell.Calls[^2]);
        Assert.Equal("image=serverlessabc.azurecr.io/gateway:running", shell.Calls[^1]);
    }

    private static async Task<(int ExitCode, string Output)> LintAsync(params string[] files)
    {
        var program = Path.Combine(
            BuiltProgram.RepositoryRoot, "tests", "Infrastructure.Tests", "node_modules", "@tktco", "node-actionlint", "bin", "node-actionlint.js");
        using var node = Process.Start(new ProcessStartInfo("node", [program, .. files]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var output = node.StandardOutput.ReadToEndAsync(limit.Token);
            var error = node.StandardError.ReadToEndAsync(limit.Token);
            await node.WaitForExitAsync(limit.Token);
            return (node.ExitCode, await output + await error);
        }
        finally
        {
            if (!node.HasExited)
            {
                node.Kill(entireProcessTree: true);
            }
        }
    }
}
