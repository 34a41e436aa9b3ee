using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Contract;

/// <summary>Citations of docs/contract in code, tests and documents: each resolves to a heading.</summary>
public sealed partial class CitationTests
{
    private static readonly string Pages = Path.Combine(BuiltProgram.RepositoryRoot, "docs", "contract");

    private static readonly Dictionary<string, IReadOnlySet<string>> Headings = Directory.GetFiles(Pages, "*.md").ToDictionary(
        file => Path.GetFileName(file), file => MarkdownPage.All[file].Anchors, StringComparer.Ordinal);

    [Fact]
    public void Every_citation_of_the_contract_names_a_heading_that_exists()
    {
        var cited = new List<string>();
        var broken = new List<string>();
        foreach (var file in Files(".cs", ".mjs", ".js", ".md", ".sh", ".bicep"))
        {
            foreach (Match citation in Citation().Matches(File.ReadAllText(file)))
            {
                cited.Add(file);
                if (!IsHeading(citation.Groups["page"].Value, citation.Groups["anchor"].Value))
                {
                    broken.Add($"{Relative(file)}: {citation.Value}");
                }
            }
        }

        Assert.Empty(broken);
        Assert.True(cited.Distinct().Count() >= 60, "The citations have not been found.");
    }

    [Fact]
    public void No_citation_points_to_a_document_outside_the_repository()
    {
        var outside = Files(".cs", ".mjs", ".js", ".md").SelectMany(file => Outside().Matches(File.ReadAllText(file)).Select(match => $"{Relative(file)}: {match.Value}"));
        Assert.Empty(outside);
    }

    private static bool IsHeading(string page, string anchor) => Headings.TryGetValue(page, out var anchors) && anchors.Contains(anchor);

    private static IEnumerable<string> Files(params string[] endings) => MarkdownPage.RepositoryFiles(endings)
        .Where(file => ((string[])["src", "tests", "bench", "docs", "infra"]).Contains(Relative(file).Split(Path.DirectorySeparatorChar)[0])
            && Path.GetFileName(file) != "CitationTests.cs");

    private static string Relative(string file) => Path.GetRelativePath(BuiltProgram.RepositoryRoot, file);

    // docs/contract/rest-api.md#operations
    [GeneratedRegex(@"docs/contract/(?<page>[\w-]+\.md)(#(?<anchor>[\w-]+))?")]
    private static partial Regex Citation();

    [GeneratedRegex(@"\b[\w-]+\.md §|\b(sdk-requests|auth-refresh|limits-and-metering|hub-protocol|rest-api)\.md(?<!docs/contract/[\w-]+\.md), ""|\bdesign\.md\b")]
    private static partial Regex Outside();
}
