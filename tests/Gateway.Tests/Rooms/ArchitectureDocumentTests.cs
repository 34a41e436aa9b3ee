using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Rooms;

/// <summary>docs/architecture.md names files that exist, and describes the rooms in the order that <see cref="RoomOrderTests"/> holds the sources to.</summary>
public sealed partial class ArchitectureDocumentTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "architecture.md"));

    [Fact]
    public void Every_path_exists()
    {
        var paths = RepositoryPath().Matches(Text).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.True(paths.Count >= 20, "The paths have not been found.");
        Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(BuiltProgram.RepositoryRoot, path)), path));
    }

    [Fact]
    public void A_type_with_a_path_behind_it_is_declared_in_that_file()
    {
        var types = TypeWithPath().Matches(Text).Select(match => (Name: match.Groups["type"].Value, Path: match.Groups["path"].Value)).ToList();
        Assert.True(types.Count >= 20, "The types have not been found.");
        Assert.All(types, type => Assert.True(Declares(Path.Combine(BuiltProgram.RepositoryRoot, type.Path), type.Name), $"{type.Name} in {type.Path}"));
    }

    [Fact]
    public void Every_room_is_described_in_its_order()
    {
        var section = Section().Match(Text);
        Assert.True(section.Success, "The section on the rooms has not been found.");
        var rows = Row().Matches(section.Value);
        Assert.Equal(RoomOrderTests.Order, rows.Select(row => row.Groups["room"].Value));
        Assert.All(rows, row => Assert.EndsWith(".", row.Groups["responsibility"].Value, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("A message from a client to its upstream")]
    [InlineData("A message from the REST API to clients")]
    public void A_walk_crosses_each_room_once_and_names_a_file_of_it(string heading)
    {
        var section = Text[Text.IndexOf($"## {heading}\n", StringComparison.Ordinal)..];
        var end = section.IndexOf("\n## ", 3, StringComparison.Ordinal);
        var steps = Step().Matches(section[..end]);
        var rooms = steps.Select(static step => step.Groups["room"].Value).ToList();
        Assert.True(rooms.Count >= 4, "The steps have not been found.");
        Assert.Equal(rooms.Distinct(), rooms);
        Assert.Empty(rooms.Except(RoomOrderTests.Order));
        Assert.All(steps, static step => Assert.Contains($"`src/Gateway/{step.Groups["room"].Value}/", step.Value, StringComparison.Ordinal));
    }

    private static bool Declares(string file, string type) =>
        File.Exists(file) && Regex.IsMatch(File.ReadAllText(file), $@"\b(?:class|interface|struct|record|enum) {Regex.Escape(type)}\b");

    // `src/Gateway/Program.cs`
    [GeneratedRegex(@"`((?:src|tests|docs)/[^`\s]+)`")]
    private static partial Regex RepositoryPath();

    // `Outbox` (`src/Gateway/Connections/Outboxes/Outbox.cs`), or `HubSession.Receive` (…)
    [GeneratedRegex(@"`(?<type>\w+)(?:\.\w+)?`\s+\(`(?<path>src/[^`\s]+\.cs)`\)")]
    private static partial Regex TypeWithPath();

    [GeneratedRegex(@"^## Rooms of the gateway\n.*?(?=^## )", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();

    // 1. **`Clients`.** A paragraph, up to the next step or an empty line.
    [GeneratedRegex(@"^\d+\. \*\*`(?<room>\w+)`\.\*\*.*?(?=^\d+\. |^\n)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Step();

    // | `Limits` | A sentence. |
    [GeneratedRegex(@"^\| `(?<room>\w+)` \| (?<responsibility>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
