using Serverless.EndToEnd.Fidelity.Backends;
using Serverless.EndToEnd.Fidelity.Cases;
using Serverless.EndToEnd.Fidelity.Drivers;

namespace Serverless.EndToEnd.Fidelity;

/// <summary>Runs the table once with every client and protocol on every backend.</summary>
public sealed class FidelityFixture : IAsyncLifetime
{
    internal const string InProcess = "in process";
    internal const string Functions = "functions";

    private readonly Dictionary<string, IBackend> _backends = Remote.ToDictionary(remote => remote.Key, remote => remote.Value());

    private readonly Dictionary<(string Backend, string Driver, string Protocol), Task<IReadOnlyDictionary<string, CaseRecord>>> _runs = [];

    /// <summary>The backends that are compared with the hubs in process.</summary>
    internal static IReadOnlyDictionary<string, Func<IBackend>> Remote { get; } = new Dictionary<string, Func<IBackend>>
    {
        ["gateway"] = () => new GatewayBackend(),
        [Functions] = () => new WorkerBackend(),
    };

    internal static IReadOnlyList<IDriver> Drivers { get; } = [new DotNetDriver(), new JavaScriptDriver()];

    internal static IReadOnlyList<string> Protocols { get; } = ["json", "messagepack"];

    public async Task InitializeAsync()
    {
        _backends[InProcess] = new InProcessBackend();
        await Task.WhenAll(_backends.Values.Select(backend => backend.StartAsync()));
        foreach (var (name, backend) in _backends)
        {
            foreach (var driver in Drivers)
            {
                foreach (var protocol in Protocols)
                {
                    _runs[(name, driver.Name, protocol)] = driver.RunAsync(RowsOf(driver.Name, protocol), backend.Address, protocol);
                }
            }
        }
    }

    public async Task DisposeAsync()
    {
        // The tests show the failure of a run.
        await Task.WhenAll(_runs.Values).ContinueWith(_ => { }, TaskScheduler.Default);
        foreach (var backend in _backends.Values)
        {
            await backend.DisposeAsync();
        }
    }

    internal static IReadOnlyList<FidelityCase> RowsOf(string driver, string protocol) =>
        [.. FidelityTable.All.Where(row => (row.Driver ?? driver) == driver && (row.Protocol ?? protocol) == protocol)];

    internal async Task<CaseRecord> RecordAsync(string backend, string row, string driver, string protocol) =>
        (await _runs[(backend, driver, protocol)])[row];
}
