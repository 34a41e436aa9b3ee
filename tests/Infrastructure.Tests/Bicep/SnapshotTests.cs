namespace Serverless.Infrastructure.Tests.Bicep;

/// <summary>The compiler's prediction of a deployment. Separate from <see cref="CompilerTests"/>, so that both run in parallel.</summary>
public sealed class SnapshotTests
{
    [Theory]
    [InlineData("My-chat")]
    [InlineData("1chat")]
    public async Task A_name_that_storage_or_the_vault_refuses_is_refused_with_the_rule(string name)
    {
        using var compiler = new BicepCompiler();
        compiler.Edit("main.bicepparam", "param name = 'serverless'", $"param name = '{name}'");
        var (code, output, error) = await compiler.RunAsync(["snapshot", "main.bicepparam", "--mode", "overwrite", .. Snapshot.Place]);
        Assert.NotEqual(0, code);
        Assert.Contains(
            $"The parameter name is '{name}'. Storage accounts and vaults are named after it: use 2 to 10 lower-case letters and digits, starting with a letter.",
            output + error,
            StringComparison.Ordinal);
    }

    /// <summary>The deployment equals the reviewed snapshot. After an intended change, set UPDATE_SNAPSHOTS=1 and review the difference.</summary>
    [Theory]
    [InlineData("public")]
    [InlineData("private")]
    public async Task What_is_deployed_is_as_committed(string network)
    {
        using var compiler = new BicepCompiler();
        if (network == "private")
        {
            compiler.Edit("main.bicepparam", "param privateNetworking = false", "param privateNetworking = true");
            compiler.Environment["ALERT_EMAIL"] = "someone@example.com";
        }

        var committed = Snapshot.PathOf(network);
        var copy = Path.Combine(compiler.Folder, "main.snapshot.json");
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            Assert.Equal(0, (await compiler.RunAsync(["snapshot", "main.bicepparam", "--mode", "overwrite", .. Snapshot.Place])).ExitCode);
            File.Copy(copy, committed, overwrite: true);
        }

        File.Copy(committed, copy, overwrite: true);
        var (code, output, error) = await compiler.RunAsync(["snapshot", "main.bicepparam", "--mode", "validate", .. Snapshot.Place]);
        Assert.True(code == 0, $"{output}{error}\nIf the difference is intended, run this test again with UPDATE_SNAPSHOTS=1, and commit {committed}.");
    }
}
