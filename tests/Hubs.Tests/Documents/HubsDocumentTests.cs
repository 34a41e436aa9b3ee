using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Hubs.Tests.Documents;

/// <summary>Checks that the code in <c>docs/hubs.md</c> is compiled and run.</summary>
public sealed partial class HubsDocumentTests
{
    [Fact]
    public void Every_snippet_stands_in_the_file_that_it_names()
    {
        var text = File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "hubs.md"));
        var snippets = Snippet().Matches(text);

        Assert.NotEmpty(snippets);
        Assert.Equal(Regex.Count(text, "^```csharp", RegexOptions.Multiline), snippets.Count);
        Assert.All(snippets, snippet => Assert.Contains(
            Bare(snippet.Groups["code"].Value),
            Bare(File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, snippet.Groups["file"].Value))),
            StringComparison.Ordinal));
    }

    // Removes indentation and documentation comments.
    private static string Bare(string code) => string.Join('\n', code.Split('\n')
        .Select(line => line.Trim())
        .Where(line => line.Length > 0 && !line.StartsWith("///", StringComparison.Ordinal)));

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)\n```\n\*Compiled and run: \[(?<file>[^\]]+)\]", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Snippet();
}
