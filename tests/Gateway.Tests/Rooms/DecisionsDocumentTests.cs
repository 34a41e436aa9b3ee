using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Rooms;

/// <summary>The pages in docs/decisions: their form, and the index that lists them.</summary>
public sealed partial class DecisionsDocumentTests
{
    private static readonly string Folder = Path.Combine(BuiltProgram.RepositoryRoot, "docs", "decisions");

    private static readonly string[] Pages =
        [.. Directory.GetFiles(Folder, "*.md").Select(file => Path.GetFileName(file)).Where(name => name != "README.md").Order(StringComparer.Ordinal)];

    private static readonly Match[] Rows = Row().Matches(File.ReadAllText(Path.Combine(Folder, "README.md"))).ToArray();

    [Fact]
    public void The_index_lists_every_page_in_order_and_no_other() => Assert.Equal(Pages, Rows.Select(row => row.Groups["file"].Value));

    [Fact]
    public void A_row_of_the_index_has_its_page_s_number_title_and_status_and_one_sentence() => Assert.All(Rows, row =>
    {
        var page = Page().Match(Read(row.Groups["file"].Value));
        Assert.True(page.Success, row.Value);
        Assert.Equal(
            (row.Groups["number"].Value, row.Groups["title"].Value, row.Groups["status"].Value),
            (page.Groups["number"].Value, page.Groups["title"].Value, page.Groups["status"].Value));
        Assert.StartsWith(row.Groups["number"].Value + "-", row.Groups["file"].Value, StringComparison.Ordinal);
        Assert.EndsWith(".", row.Groups["sentence"].Value, StringComparison.Ordinal);
    });

    [Fact]
    public void Numbers_are_consecutive() =>
        Assert.Equal(Enumerable.Range(1, Pages.Length), Pages.Select(page => int.Parse(page[..4], CultureInfo.InvariantCulture)));

    [Fact]
    public void Every_page_has_a_question_a_choice_its_reasons_and_the_rejected_alternatives() => Assert.All(Pages, page =>
    {
        var sections = Section().Matches(Read(page));
        Assert.Equal(["Question", "Choice", "Reasons", "Rejected"], sections.Select(section => section.Groups["heading"].Value));
        Assert.All(sections, section => Assert.True(section.Groups["text"].Value.Trim().Length > 0, $"{page}: {section.Groups["heading"].Value} is empty."));
    });

    [Fact]
    public void A_replaced_or_amended_page_and_the_later_one_name_each_other() => Assert.All(Pages, page =>
    {
        foreach (Match link in Successor().Matches(Page().Match(Read(page)).Groups["status"].Value))
        {
            var status = Page().Match(Read(link.Groups["file"].Value)).Groups["status"].Value;
            Assert.Contains($"({page})", status, StringComparison.Ordinal);
        }
    });

    private static string Read(string page) => File.ReadAllText(Path.Combine(Folder, page));

    // | 0001 | [Title](0001-title.md) | A sentence. | accepted |
    [GeneratedRegex(@"^\| (?<number>\d{4}) \| \[(?<title>.+?)\]\((?<file>[\w-]+\.md)\) \| (?<sentence>.+?) \| (?<status>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\A# (?<number>\d{4})\. (?<title>.+)\n\n- Date: \d{4}-\d\d-\d\d\n- Status: (?<status>.+)\n\n## Question\n")]
    private static partial Regex Page();

    [GeneratedRegex(@"^## (?<heading>[^\n]+)\n\n(?<text>.*?)(?=^## |\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();

    // superseded by [0084](0084-edits-of-a-settings-file.md)
    [GeneratedRegex(@"(?:superseded|amended) by \[\d{4}\]\((?<file>[\w-]+\.md)\)")]
    private static partial Regex Successor();
}
