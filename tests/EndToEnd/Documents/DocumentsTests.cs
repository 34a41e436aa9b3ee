using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Documents;

/// <summary>The commands and edits that documents show name files and lines that exist.</summary>
public sealed partial class DocumentsTests
{
    [Fact]
    public void Every_command_names_what_is_there()
    {
        var paths = Document.All
            .SelectMany(document => document.Blocks("sh").Concat(document.Blocks("")).SelectMany(block => block.Split('\n')))
            .SelectMany(line => CommandPath().Matches(line).Select(match => match.Groups[1].Value))
            .Distinct()
            .ToList();
        Assert.Contains("start.cs", paths);
        Assert.Contains("test.sh", paths);
        Assert.Contains("src/Gateway", paths);
        Assert.All(paths, path => Assert.True(
            Path.Exists(Path.Combine(BuiltProgram.RepositoryRoot, path.Split("/bin/")[0])), $"A document's command needs {path}."));
    }

    // With --configfile, or in a nuget.config that the commands write, the setting would apply only to that folder.
    [Fact]
    public void No_command_changes_the_user_s_NuGet_configuration() => Assert.All(
        Document.All.SelectMany(document => document.Blocks("sh").Concat(document.Blocks("")).SelectMany(block => block.Split('\n'))),
        line => Assert.False(
            line.Contains("nuget add source", StringComparison.Ordinal) && !line.Contains("--configfile", StringComparison.Ordinal), line));

    [Fact]
    public void The_quickstart_s_edit_is_of_one_line_that_is_there()
    {
        var edit = Document.Find(Path.Combine("docs", "quickstart.md")).Blocks("csharp").Select(block => block.Trim()).ToList();
        Assert.Equal(2, edit.Count);
        var hub = File.ReadAllLines(Path.Combine(BuiltProgram.RepositoryRoot, "src", "Functions", "Chatting", "Chat.cs"));
        Assert.Single(hub, line => line.Trim() == edit[0]);
        Assert.NotEqual(edit[0], edit[1]);
    }

    // dotnet run start.cs · dotnet run --project src/Gateway · dotnet build src/Gateway · bash test.sh · dotnet src/…/Gateway.dll
    [GeneratedRegex(@"(?:dotnet run(?: --project)?|dotnet build|dotnet|bash) ((?:src/|tests/|bench/)\S+|\w+\.(?:cs|sh))")]
    private static partial Regex CommandPath();
}
