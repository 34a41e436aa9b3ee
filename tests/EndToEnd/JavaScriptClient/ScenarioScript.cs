using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.JavaScriptClient;

/// <summary>A test script of this folder and the names of the scenarios in it.</summary>
internal sealed partial class ScenarioScript
{
    private static readonly string Folder = Path.Combine(BuiltProgram.RepositoryRoot, "tests", "EndToEnd", "JavaScriptClient");

    private ScenarioScript(string name)
    {
        Name = name;
        File = Path.Combine(Folder, name + ".mjs");
        Scenarios = [.. ScenarioLine().Matches(System.IO.File.ReadAllText(File)).Select(match => match.Groups[1].Value)];
    }

    /// <summary>The scripts in the order in which they run.</summary>
    public static IReadOnlyList<ScenarioScript> All { get; } = [new("calls"), new("rest"), new("hubs"), new("chat"), new("lifetime")];

    public string Name { get; }

    public string File { get; }

    public IReadOnlyList<string> Scenarios { get; }

    public static ScenarioScript Find(string name) => All.Single(script => script.Name == name);

    // scenario('An invocation returns its result', async …
    [GeneratedRegex(@"^scenario\('([^']+)'", RegexOptions.Multiline)]
    private static partial Regex ScenarioLine();
}
