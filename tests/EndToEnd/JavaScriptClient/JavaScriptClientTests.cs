using System.Collections.Concurrent;
using Serverless.EndToEnd.Systems;

namespace Serverless.EndToEnd.JavaScriptClient;

/// <summary>
/// The official JavaScript client in Node against the gateway and real upstreams: every scenario of every script here, in every column of
/// <see cref="ClientColumn"/>. A script runs once per column, when its first scenario is requested.
/// </summary>
[Collection(nameof(RunningSystem))]
public sealed class JavaScriptClientTests(RunningSystem system)
{
    private const int AtOnce = 4;

    private static readonly ConcurrentDictionary<string, Lazy<IReadOnlyDictionary<string, Task<ScriptRun>>>> Runs = new(StringComparer.Ordinal);

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
        var runs = Runs.GetOrAdd(script, name => new Lazy<IReadOnlyDictionary<string, Task<ScriptRun>>>(() => Start(ScenarioScript.Find(name))));
        (await runs.Value[column]).Show(scenario);
    }

    private Dictionary<string, Task<ScriptRun>> Start(ScenarioScript script)
    {
        var turn = new SemaphoreSlim(script.HasOwnGateway ? AtOnce : 1);
        return ClientColumn.All.Where(column => script.ScenariosFor(column).Any()).ToDictionary(column => column.ToString(), async column =>
        {
            await turn.WaitAsync();
            try
            {
                return await ScriptRun.CompleteAsync(system, script, column);
            }
            finally
            {
                turn.Release();
            }
        });
    }
}
