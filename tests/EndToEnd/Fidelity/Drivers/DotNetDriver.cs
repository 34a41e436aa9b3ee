using System.Collections.Concurrent;

namespace Serverless.EndToEnd.Fidelity.Drivers;

/// <summary>The official .NET client.</summary>
internal sealed class DotNetDriver : IDriver
{
    private const int AtOnce = 6;

    public string Name => ".NET";

    public async Task<IReadOnlyDictionary<string, CaseRecord>> RunAsync(IReadOnlyList<FidelityCase> rows, Uri backend, string protocol)
    {
        var records = new ConcurrentDictionary<string, CaseRecord>();
        await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (row, _) =>
        {
            await using var run = new DotNetRun(row, backend, protocol);
            records[row.Name] = await run.CompleteAsync();
        });
        return records;
    }
}
