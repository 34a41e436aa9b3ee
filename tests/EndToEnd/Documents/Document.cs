using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Documents;

/// <summary>A Markdown file of the repository: its code blocks and its tables.</summary>
internal sealed partial class Document
{
    private Document(string file)
    {
        File = file;
        Text = System.IO.File.ReadAllText(file);
    }

    /// <summary>The README, the documents in docs, and the READMEs of packages.</summary>
    public static IReadOnlyList<Document> All { get; } =
    [
        .. Directory.GetFiles(Path.Combine(BuiltProgram.RepositoryRoot, "docs"), "*.md", SearchOption.AllDirectories)
            .Prepend(Path.Combine(BuiltProgram.RepositoryRoot, "README.md"))
            .Concat(Directory.GetDirectories(Path.Combine(BuiltProgram.RepositoryRoot, "src"))
                .Select(folder => Path.Combine(folder, "README.md"))
                .Where(System.IO.File.Exists))
            .Select(file => new Document(file)),
    ];

    public string File { get; }

    public string Name => Path.GetRelativePath(BuiltProgram.RepositoryRoot, File);

    public string Text { get; }

    /// <summary>The rows of its tables, as cells.</summary>
    public IEnumerable<string[]> Rows => Text.Split('\n')
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
        .Select(line => line.Trim('|', ' ').Split(" | ").Select(cell => cell.Trim()).ToArray());

    public static Document Find(string name) => All.Single(document => document.Name == name);

    /// <summary>Returns the code blocks of a language.</summary>
    public IEnumerable<string> Blocks(string language) => Block().Matches(Text)
        .Where(match => match.Groups[1].Value == language)
        .Select(match => match.Groups[2].Value);

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
