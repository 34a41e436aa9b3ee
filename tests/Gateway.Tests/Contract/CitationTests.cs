using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Contract;

/// <summary>Citations of docs/contract in code, tests and documents, and the links of its pages: each resolves to a heading.</summary>
public sealed partial class CitationTests
{
    private static readonly string Pages = Path.Combine(BuiltProgram.RepositoryRoot, "docs", "contract");

    private static readonly Dictionary<string, HashSet<string>> Headings = Directory.GetFiles(Pages, "*.md").ToDictionary(
        file => Path.GetFileName(file), file => AnchorsOf(File.ReadAllText(file)), StringComparer.Ordinal);

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

    [Fact]
    public void Every_link_of_a_page_leads_to_a_file_or_heading_that_exists()
    {
        var broken = new List<string>();
        var links = 0;
        foreach (var page in Headings.Keys)
        {
            foreach (Match link in Link().Matches(File.ReadAllText(Path.Combine(Pages, page))))
            {
                links++;
                var (target, anchor) = (link.Groups["file"].Value, link.Groups["anchor"].Value);
                var name = target.Length == 0 ? page : target;
                var exists = Headings.TryGetValue(name, out var anchors)
                    ? anchor.Length == 0 || anchors.Contains(anchor)
                    : File.Exists(Path.GetFullPath(Path.Combine(Pages, name)));
                if (!exists)
                {
                    broken.Add($"{page}: {link.Value}");
                }
            }
        }

        Assert.Empty(broken);
        Assert.True(links >= 50, "The links have not been found.");
    }

    [Theory]
    [InlineData("Close, errors and keep-alive", "close-errors-and-keep-alive")]
    [InlineData("X-ASRS-User-Claims", "x-asrs-user-claims")]
    [InlineData("`POST` requests", "post-requests")]
    public void A_headings_anchor_is_as_on_a_page(string heading, string anchor) => Assert.Contains(anchor, AnchorsOf($"## {heading}\n"));

    private static bool IsHeading(string page, string anchor) => Headings.TryGetValue(page, out var anchors) && anchors.Contains(anchor);

    private static HashSet<string> AnchorsOf(string text) =>
    [
        .. Heading().Matches(text).Select(match => NotOfAnAnchor().Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')),
        .. Id().Matches(text).Select(match => match.Groups[1].Value),
    ];

    private static IEnumerable<string> Files(params string[] endings) => ((string[])["src", "tests", "bench", "docs", "infra"])
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(BuiltProgram.RepositoryRoot, folder), "*", SearchOption.AllDirectories))
        .Where(file => endings.Contains(Path.GetExtension(file)) && !Made().IsMatch(Relative(file)) && Path.GetFileName(file) != "CitationTests.cs");

    private static string Relative(string file) => Path.GetRelativePath(BuiltProgram.RepositoryRoot, file);

    // docs/contract/rest-api.md#operations
    [GeneratedRegex(@"docs/contract/(?<page>[\w-]+\.md)(#(?<anchor>[\w-]+))?")]
    private static partial Regex Citation();

    // (page.md#heading), (#heading), (../decisions.md)
    [GeneratedRegex(@"\]\((?<file>(?!\w+:)[^)\s#]*)(#(?<anchor>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\b[\w-]+\.md §|\b(sdk-requests|auth-refresh|limits-and-metering|hub-protocol|rest-api)\.md(?<!docs/contract/[\w-]+\.md), ""|\bdesign\.md\b")]
    private static partial Regex Outside();

    [GeneratedRegex(@"^#{1,6} (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotOfAnAnchor();

    [GeneratedRegex("<a id=\"([^\"]+)\">")]
    private static partial Regex Id();

    // What builds and package managers make.
    [GeneratedRegex(@"(^|[/\\])(bin|obj|node_modules|artifacts)[/\\]")]
    private static partial Regex Made();
}
