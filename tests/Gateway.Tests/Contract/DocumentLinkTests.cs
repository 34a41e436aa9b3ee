using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Contract;

/// <summary>Links between the repository's documents, and citations of documents in code and tests: each resolves to a file and a heading.</summary>
public sealed partial class DocumentLinkTests
{
    [Fact]
    public void Every_link_of_a_document_leads_to_a_file_or_heading_that_exists()
    {
        var links = MarkdownPage.All.Values.SelectMany(page => page.Links.Select(link => (Page: Relative(page.File), Target: link))).ToList();
        Assert.True(links.Count >= 500, "The links have not been found.");
        Assert.Empty(links.Where(link => !MarkdownPage.Exists(link.Target.File, link.Target.Anchor)).Select(link => $"{link.Page}: {link.Target.Link}"));
    }

    [Fact]
    public void Every_document_that_code_or_a_test_cites_exists()
    {
        var citations = MarkdownPage.RepositoryFiles(".cs", ".mjs", ".js", ".sh", ".bicep", ".csproj")
            .SelectMany(file => Citation().Matches(File.ReadAllText(file)).Select(match => (
                File: Relative(file), match.Value, Target: Path.Combine(BuiltProgram.RepositoryRoot, match.Groups["file"].Value), Anchor: match.Groups["anchor"].Value)))
            .ToList();
        Assert.True(citations.Count >= 60, "The citations have not been found.");
        Assert.Empty(citations.Where(citation => !MarkdownPage.Exists(citation.Target, citation.Anchor)).Select(citation => $"{citation.File}: {citation.Value}"));
    }

    [Theory]
    [InlineData("Close, errors and keep-alive", "close-errors-and-keep-alive")]
    [InlineData("X-ASRS-User-Claims", "x-asrs-user-claims")]
    [InlineData("`POST` requests", "post-requests")]
    public void A_headings_anchor_is_as_on_a_page(string heading, string anchor) => Assert.Contains(anchor, MarkdownPage.AnchorsOf($"## {heading}\n"));

    private static string Relative(string file) => Path.GetRelativePath(BuiltProgram.RepositoryRoot, file);

    // docs/reference/limits.md, docs/contract/rest-api.md#operations
    [GeneratedRegex(@"\b(?<file>docs/[\w./-]+\.md)(#(?<anchor>[\w-]+))?")]
    private static partial Regex Citation();
}
