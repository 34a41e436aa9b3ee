using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Infrastructure.Tests.Deployment;

/// <summary>The scripts do what docs/deploy.md says, told by what they call.</summary>
public sealed partial class ScriptTests
{
    private const string AsksForVault = "az deployment group show --resource-group serverless --name vault ";

    [Fact]
    public async Task The_scripts_are_shell()
    {
        var scripts = Directory.GetFiles(Path.Combine(BuiltProgram.RepositoryRoot, "infra"), "*.sh");
        Assert.Equal(2, scripts.Length);
        using var shell = new ShellRun();
        foreach (var script in scripts)
        {
            Assert.Equal((0, "", ""), await shell.RunAsync("-n", script));
        }
    }

    [Fact]
    public async Task The_script_calls_what_the_document_says()
    {
        using var script = new ShellRun();
        using var document = new ShellRun();
        await SucceedAsync(script, "infra/deploy.sh");
        await SucceedAsync(document, "-euo", "pipefail", "-c", Commands("Up, step by step"));
        Assert.Contains("func azure functionapp publish serverless-functions-abc --custom --no-build", script.Calls);
        Assert.Contains("in functions", script.Calls);
        Assert.Equal(document.Calls, script.Calls.Where(call => !call.StartsWith(AsksForVault, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_way_back_is_what_the_document_says()
    {
        using var script = new ShellRun();
        using var document = new ShellRun();
        await SucceedAsync(script, "infra/teardown.sh", "serverless");
        await SucceedAsync(document, "-euo", "pipefail", "-c", "group=serverless\n" + Commands("Down"));
        Assert.Contains("az keyvault purge --name serverlessabc", script.Calls);
        Assert.Equal(document.Calls, script.Calls);
    }

    [Fact]
    public async Task The_first_deployment_makes_keys_and_later_ones_keep_them()
    {
        using var first = new ShellRun();
        await SucceedAsync(first, "infra/deploy.sh");
        Assert.Contains("image=serverlessabc.azurecr.io/gateway:20261124101500 primary=set secondary=set", first.Calls);

        using var later = new ShellRun { Environment = { ["VAULT_STATE"] = "Succeeded" } };
        await SucceedAsync(later, "infra/deploy.sh");
        Assert.Contains("image=serverlessabc.azurecr.io/gateway:20261124101500 primary= secondary=", later.Calls);
    }

    [Fact]
    public async Task No_secret_is_on_a_command_line_or_printed()
    {
        using var script = new ShellRun();
        var (_, output, _) = await script.RunAsync("infra/deploy.sh");
        Assert.Contains("user=00000000-0000-0000-0000-000000000000 token=set", script.Calls);
        Assert.DoesNotContain("stand-in", string.Join('\n', script.Calls) + output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Group_and_region_can_be_chosen()
    {
        using var script = new ShellRun();
        await SucceedAsync(script, "infra/deploy.sh", "chat", "swedencentral");
        Assert.Contains("az group create --name chat --location swedencentral --output none", script.Calls);
        Assert.DoesNotContain(script.Calls, call => call.Contains("serverless ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_missing_command_is_named_before_anything_is_made()
    {
        using var script = new ShellRun("func");
        var (code, _, error) = await script.RunAsync("infra/deploy.sh");
        Assert.Equal((1, "func is missing; docs/deploy.md says what is needed.\n"), (code, error));
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task A_failed_step_is_the_last_one()
    {
        using var script = new ShellRun { Environment = { ["MAIN_FAILS"] = "1" } };
        Assert.Equal(1, (await script.RunAsync("infra/deploy.sh")).ExitCode);
        Assert.StartsWith("image=", script.Calls[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_deleted_without_a_name()
    {
        using var script = new ShellRun();
        Assert.NotEqual(0, (await script.RunAsync("infra/teardown.sh")).ExitCode);
        Assert.Empty(script.Calls);
    }

    private static async Task SucceedAsync(ShellRun shell, params string[] arguments)
    {
        var (code, output, error) = await shell.RunAsync(arguments);
        Assert.True(code == 0, output + error);
        Assert.NotEmpty(shell.Calls);
    }

    /// <summary>All shell blocks of a section of the document, as one script.</summary>
    private static string Commands(string section)
    {
        var text = File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "deploy.md"));
        var start = text.IndexOf($"\n## {section}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"docs/deploy.md has no section '{section}'.");
        var end = text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        var blocks = ShellBlock().Matches(text[start..end]).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(blocks);
        return string.Concat(blocks);
    }

    [GeneratedRegex(@"^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}
