using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.JavaScriptClient;

/// <summary>A test script of this folder and the names of the scenarios in it.</summary>
internal sealed partial class ScenarioScript
{
    private static readonly string Folder = Path.Combine(BuiltProgram.RepositoryRoot, "tests", "EndToEnd", "JavaScriptClient");

    private readonly IReadOnlyList<(string Name, string With)> _scenarios;

    private ScenarioScript(string name)
    {
        Name = name;
        File = Path.Combine(Folder, name + ".mjs");
        _scenarios = [.. ScenarioLine().Matches(System.IO.File.ReadAllText(File))
            .Select(match => (match.Groups[2].Value, match.Groups[1].Value))];
    }

    /// <summary>The scripts in the order in which they run.</summary>
    public static IReadOnlyList<ScenarioScript> All { get; } = [new("calls"), new("rest"), new("hubs"), new("chat"), new("lifetime"), new("results"), new("stateful"), new("live"), new("nodes")];

    public string Name { get; }

    public string File { get; }

    /// <summary>True when the script uses only a gateway of its own, so that several runs do not interfere; most of its time is waiting.</summary>
    public bool HasOwnGateway => Name == "lifetime";

    /// <summary>
    /// Returns the scenarios of a column: scenarios about pings do not apply to long polling, which has no pings, and only negotiated
    /// WebSockets have stateful reconnect and the gateway's own viewers.
    /// </summary>
    public IEnumerable<string> ScenariosFor(ClientColumn column) => _scenarios
        .Where(scenario => scenario.With switch
        {
            "WithPings" => column.Transport != "LongPolling",
            "WithStatefulReconnect" or "WithViewer" => column is { Transport: "WebSockets", SkipNegotiation: false },
            _ => true,
        })
        .Select(scenario => scenario.Name);

    public static ScenarioScript Find(string name) => All.Single(script => script.Name == name);

    // scenario('An invocation returns its result', async …      scenarioWithPings('A client notices …
    [GeneratedRegex(@"^scenario(WithPings|WithStatefulReconnect|WithViewer)?\('([^']+)'", RegexOptions.Multiline)]
    private static partial Regex ScenarioLine();
}
