using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.HubFunctions;

/// <summary>The function in the package's README is the one that the tests run.</summary>
public sealed class PackageReadmeTests
{
    [Fact]
    public async Task The_trigger_of_one_s_own_is_compiled_and_run()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(BuiltProgram.RepositoryRoot, "src", "Hubs.Functions", "README.md"));
        var snippet = readme.Split("```csharp\n").Last().Split("```")[0];
        var code = await File.ReadAllTextAsync(Path.Combine(BuiltProgram.RepositoryRoot, "tests", "FunctionsHost.Worker", "Hubs", "UpstreamFunction.cs"));

        Assert.EndsWith(snippet, code, StringComparison.Ordinal);
    }
}
