using System.Collections.Concurrent;
using Serverless.EndToEnd.Systems;

namespace Serverless.EndToEnd.JavaScriptClient;

/// <summary>
/// The official JavaScript client in Node against the gateway and real upstreams: every scenario of every script here, in every column
/// of <see cref="ClientColumn"/>. A script runs once for a column, when its first scenario is asked for.
/// </summary>
[Collection(nameof(RunningSystem))]
public sealed class JavaScriptClientTests(RunningSystem system)
{
    private static readonly ConcurrentDictionary<(string Script, string Column), Lazy<Task<ScriptRun>>> Runs = new();

    public static TheoryData<string, string, string> Table
    {
        get
        {
            var table = new TheoryData<string, string, string>();
            foreach (var script in ScenarioScript.All)
            {
                foreach (var column in ClientColumn.All)
                {
                    foreach (var scenario in script.ScenariosFor(column))
                    {
                        table.Add(script.Name, column.ToString(), scenario);
                    }
                }
            }

            return table;
        }
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Client_works(string script, string column, string scenario)
    {
        var run = Runs.GetOrAdd((script, column), key => new Lazy<Task<ScriptRun>>(
            () => ScriptRun.CompleteAsync(system, ScenarioScript.Find(key.Script), ClientColumn.Find(key.Column))));
        (await run.Value).Show(scenario);
    }
}
