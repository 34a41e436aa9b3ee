using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Infrastructure.Tests.Deployment;

/// <summary>The scripts make the calls that docs/deploy.md describes.</summary>
public sealed partial class ScriptTests
{
    // Queries of the script about state that a reader of the document knows: whether this is the first deployment, and what preceded it.
    private static readonly string[] Questions = ["az group exists ", "az keyvault list ", "az rest --method get "];

    private const string BothKeys = "access-key-primary\naccess-key-secondary\ngateway-connection-string\n";

    [Fact]
    public async Task The_scripts_are_shell()
    {
        var scripts = Directory.GetFiles(Path.Combine(BuiltProgram.RepositoryRoot, "infra"), "*.sh");
        Assert.Equal(4, scripts.Length);
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
        await SucceedAsync(document, "-euo", "pipefail", "-c", Commands("Deploy step by step"));
        Assert.Contains(
            "az functionapp deployment source config-zip --resource-group serverless --name serverless-functions-abc --src artifacts/functions.zip --output none",
            script.Calls);
        Assert.Equal(document.Calls, script.Calls.Where(call => !Questions.Any(question => call.StartsWith(question, StringComparison.Ordinal))));
    }

    [Fact]
    public async Task The_document_has_the_way_with_func_too()
    {
        using var document = new ShellRun();
        await SucceedAsync(document, "-euo", "pipefail", "-c", "app=serverless-functions-abc\n" + Commands("Upload with func"));
        Assert.Contains("func azure functionapp publish serverless-functions-abc --dotnet-isolated --no-build", document.Calls);
        Assert.Contains("in functions", document.Calls);
    }

    // App Service caches values from the vault for a day; after a mere restart the old key is used again.
    [Fact]
    public async Task Replacing_a_key_makes_app_service_read_the_vault_again_before_it_restarts()
    {
        using var document = new ShellRun();
        await SucceedAsync(document, "-euo", "pipefail", "-c", "group=serverless\napp=serverless-functions-abc\nexport GATEWAY_IMAGE=image\n" + Commands("Replace a key"));
        var calls = document.Calls.ToList();
        var deployed = calls.IndexOf("image=image primary=set secondary=");
        var refreshed = calls.IndexOf("az rest --method post --url /subscriptions/1/resourceGroups/serverless/providers/Microsoft.Web/sites/serverless-functions-abc/config/configreferences/appsettings/refresh?api-version=2022-03-01");
        var restarted = calls.IndexOf("az functionapp restart --resource-group serverless --name serverless-functions-abc");
        Assert.True(deployed >= 0 && deployed < refreshed && refreshed < restarted, string.Join('\n', calls));
        Assert.Contains(calls, call => call.StartsWith("az containerapp revision restart ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_way_back_is_what_the_document_says()
    {
        using var script = new ShellRun();
        using var document = new ShellRun();
        await SucceedAsync(script, "infra/teardown.sh", "serverless");
        await SucceedAsync(document, "-euo", "pipefail", "-c", "group=serverless\n" + Commands("Tear down"));
        Assert.Contains("az keyvault purge --name serverlessabc", script.Calls);
        Assert.Equal(document.Calls, script.Calls);
    }

    [Fact]
    public async Task The_first_deployment_makes_keys_and_later_ones_keep_them()
    {
        using var first = new ShellRun();
        await SucceedAsync(first, "infra/deploy.sh");
        Assert.Contains("image=serverlessabc.azurecr.io/gateway:20261124101500 primary=set secondary=set", first.Calls);

        using var later = new ShellRun { Environment = { ["SECRETS"] = BothKeys } };
        await SucceedAsync(later, "infra/deploy.sh");
        Assert.Contains("image=serverlessabc.azurecr.io/gateway:20261124101500 primary= secondary=", later.Calls);
        Assert.DoesNotContain(later.Calls, call => call.StartsWith("openssl ", StringComparison.Ordinal));
    }

    // A vault whose deployment failed half-way, or was deleted from the group's history.
    [Theory]
    [InlineData("", "primary=set secondary=set")]
    [InlineData("access-key-primary\ngateway-connection-string\n", "primary= secondary=set")]
    [InlineData("gateway-connection-string\n", "primary=set secondary=set")]
    [InlineData("access-key-primary-old\nmy-access-key-secondary\n", "primary=set secondary=set")]
    [InlineData("upstream-key\n" + BothKeys, "primary= secondary=")]
    public async Task A_key_is_made_only_for_a_secret_that_is_not_in_the_vault(string secrets, string expected)
    {
        using var step = new ShellRun { Environment = { ["SECRETS"] = secrets } };
        var (code, output, error) = await step.RunAsync(
            "-euo", "pipefail", "-c", ". infra/steps.sh; group=serverless; make_missing_keys; echo primary=${GATEWAY_PRIMARY_KEY:+set} secondary=${GATEWAY_SECONDARY_KEY:+set}");
        Assert.Equal((0, expected + "\n", ""), (code, output, error));
    }

    [Fact]
    public async Task While_the_vault_cannot_be_asked_no_key_is_made()
    {
        using var script = new ShellRun { Environment = { ["SECRETS"] = BothKeys, ["SECRETS_UNKNOWN"] = "1" } };
        Assert.NotEqual(0, (await script.RunAsync("infra/deploy.sh")).ExitCode);
        Assert.DoesNotContain(script.Calls, call => call.StartsWith("openssl ", StringComparison.Ordinal) || call.Contains("main.bicepparam", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_is_given_is_taken()
    {
        using var script = new ShellRun { Environment = { ["SECRETS"] = BothKeys, ["GATEWAY_SECONDARY_KEY"] = "mine" } };
        await SucceedAsync(script, "infra/deploy.sh");
        Assert.Contains("image=serverlessabc.azurecr.io/gateway:20261124101500 primary= secondary=set", script.Calls);
    }

    [Fact]
    public async Task A_deleted_vault_that_keeps_its_name_is_named_before_anything_is_built()
    {
        using var script = new ShellRun { Environment = { ["DELETED_VAULT"] = "serverlessabc" } };
        var (code, _, error) = await script.RunAsync("infra/deploy.sh");
        Assert.Equal(1, code);
        Assert.Contains("The vault serverlessabc of this group was deleted, and its name is still reserved.", error, StringComparison.Ordinal);
        Assert.Contains("az keyvault recover --name serverlessabc", error, StringComparison.Ordinal);
        Assert.Contains("az keyvault purge --name serverlessabc", error, StringComparison.Ordinal);
        Assert.DoesNotContain(script.Calls, call => call.StartsWith("dotnet ", StringComparison.Ordinal) || call.Contains("deployment", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_the_right_to_see_deleted_vaults_it_goes_on_and_says_so()
    {
        using var script = new ShellRun { Environment = { ["NO_RIGHT_TO_DELETED"] = "1" } };
        var (code, _, error) = await script.RunAsync("infra/deploy.sh");
        Assert.Equal(0, code);
        Assert.Contains("the right to read deleted vaults is missing", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_uploads_are_tried_again()
    {
        using var script = new ShellRun { Environment = { ["UPLOAD_FAILURES"] = "2", ["PUSH_FAILURES"] = "1" } };
        await SucceedAsync(script, "infra/deploy.sh");
        Assert.Equal(3, script.Calls.Count(call => call.Contains("config-zip", StringComparison.Ordinal)));
        Assert.Equal(2, script.Calls.Count(call => call.Contains("PublishContainer", StringComparison.Ordinal)));
        Assert.Equal(["sleep 10", "sleep 30", "sleep 30"], script.Calls.Where(call => call.StartsWith("sleep ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_upload_that_keeps_failing_ends_the_script()
    {
        using var script = new ShellRun { Environment = { ["UPLOAD_FAILURES"] = "99" } };
        Assert.Equal(1, (await script.RunAsync("infra/deploy.sh")).ExitCode);
        Assert.Equal(5, script.Calls.Count(call => call.Contains("config-zip", StringComparison.Ordinal)));
        Assert.DoesNotContain(script.Calls, call => call.StartsWith("curl ", StringComparison.Ordinal));
    }

    // An identity with rights in the group only can neither register providers nor create groups.
    [Fact]
    public async Task A_group_that_is_there_is_left_as_it_is()
    {
        using var script = new ShellRun { Environment = { ["GROUP_EXISTS"] = "true" } };
        await SucceedAsync(script, "infra/deploy.sh");
        Assert.DoesNotContain(script.Calls, call => call.StartsWith("az provider", StringComparison.Ordinal) || call.StartsWith("az group create", StringComparison.Ordinal));
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
    public async Task Azd_is_given_the_image_and_missing_keys_and_loses_the_keys_when_the_vault_has_them()
    {
        using var before = new ShellRun { Environment = { ["AZURE_ENV_NAME"] = "chat", ["AZURE_LOCATION"] = "westeurope", ["AZURE_SUBSCRIPTION_ID"] = "1" } };
        await SucceedAsync(before, "infra/azd.sh", "preprovision");
        Assert.Equal(
            [
                "azd AZURE_RESOURCE_GROUP=\"chat\"", "azd GATEWAY_IMAGE=\"serverlessabc.azurecr.io/gateway:20261124101500\"",
                "azd GATEWAY_PRIMARY_KEY=\"a-key-made-by-the-stand-in-0123456789\"", "azd GATEWAY_SECONDARY_KEY=\"a-key-made-by-the-stand-in-0123456789\"",
            ],
            before.RememberedByAzd);
        Assert.Contains("az group create --name chat --location westeurope --output none --subscription 1", before.Calls);
        Assert.DoesNotContain("stand-in", string.Join('\n', before.Calls), StringComparison.Ordinal);

        using var after = new ShellRun();
        await SucceedAsync(after, "infra/azd.sh", "postprovision");
        Assert.Equal(["azd GATEWAY_PRIMARY_KEY=\"\"", "azd GATEWAY_SECONDARY_KEY=\"\""], after.RememberedByAzd);
    }

    [Fact]
    public async Task Group_and_region_can_be_chosen()
    {
        using var script = new ShellRun();
        await SucceedAsync(script, "infra/deploy.sh", "chat", "swedencentral");
        Assert.Contains("az group create --name chat --location swedencentral --output none", script.Calls);
        Assert.DoesNotContain(script.Calls, call => call.Contains("serverless ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("az")]
    [InlineData("dotnet")]
    [InlineData("npm")]
    [InlineData("openssl")]
    [InlineData("curl")]
    public async Task A_missing_command_is_named_before_anything_is_made(string command)
    {
        using var script = new ShellRun(command);
        var (code, _, error) = await script.RunAsync("infra/deploy.sh");
        Assert.Equal((1, $"{command} is missing; docs/deploy.md lists the required commands.\n"), (code, error));
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task Func_is_not_needed()
    {
        using var script = new ShellRun("func", "azd");
        await SucceedAsync(script, "infra/deploy.sh");
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

    /// <summary>Returns all shell blocks of a section of the document, as one script.</summary>
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
