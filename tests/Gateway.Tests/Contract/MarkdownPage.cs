using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Contract;

/// <summary>A Markdown file of the repository: its headings' anchors and its links.</summary>
internal sealed partial class MarkdownPage
{
    private static readonly string[] Made = ["bin", "obj", "node_modules", "artifacts", ".git"];

    private MarkdownPage(string file)
    {
        File = file;
        Text = CodeBlock().Replace(System.IO.File.ReadAllText(file), "");
        Anchors = AnchorsOf(Text);
    }

    /// <summary>Every Markdown file of the repository, by its full path.</summary>
    public static IReadOnlyDictionary<string, MarkdownPage> All { get; } =
        RepositoryFiles(".md").ToDictionary(file => file, file => new MarkdownPage(file), StringComparer.Ordinal);

    public string File { get; }

    /// <summary>The text without its code blocks.</summary>
    public string Text { get; }

    public IReadOnlySet<string> Anchors { get; }

    /// <summary>The links and images that name a file or a heading of the repository: the file's full path and the anchor, which may be empty.</summary>
    public IEnumerable<(string Link, string File, string Anchor)> Links => Link().Matches(Text).Select(link => (
        link.Value,
        link.Groups["file"].Value is { Length: > 0 } file ? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(File)!, file)) : File,
        link.Groups["anchor"].Value));

    /// <summary>True when the file, or the folder, exists and has the heading that the anchor names.</summary>
    public static bool Exists(string file, string anchor) =>
        All.TryGetValue(file, out var page) ? anchor.Length == 0 || page.Anchors.Contains(anchor) : Path.Exists(file);

    /// <summary>The anchors of all headings, as GitHub computes them, and those that the page sets itself.</summary>
    public static HashSet<string> AnchorsOf(string text) =>
    [
        .. Heading().Matches(text).Select(match => NotOfAnAnchor().Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')),
        .. Id().Matches(text).Select(match => match.Groups[1].Value),
    ];

    /// <summary>The repository's files with one of the endings, without the output of builds and package managers.</summary>
    public static IEnumerable<string> RepositoryFiles(params string[] endings) => FilesOf(new DirectoryInfo(BuiltProgram.RepositoryRoot), endings);

    private static IEnumerable<string> FilesOf(DirectoryInfo folder, string[] endings) => folder.EnumerateFiles()
        .Where(file => endings.Contains(file.Extension))
        .Select(file => file.FullName)
        .Concat(folder.EnumerateDirectories().Where(inner => !Made.Contains(inner.Name)).SelectMany(inner => FilesOf(inner, endings)));

    // (page.md#heading), (#heading), (../folder/page.md)
    [GeneratedRegex(@"\]\((?<file>(?!\w+:)[^)\s#]*)(#(?<anchor>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotOfAnAnchor();

    [GeneratedRegex("<a id=\"([^\"]+)\">")]
    private static partial Regex Id();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
