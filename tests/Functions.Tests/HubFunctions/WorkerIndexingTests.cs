using Serverless.Hubs.Functions;

namespace Serverless.Functions.Tests.HubFunctions;

/// <summary>An app whose host would not find the functions of its hubs does not start.</summary>
public sealed class WorkerIndexingTests
{
    [Theory]
    [InlineData("""{"description":{"language":"dotnet-isolated","workerIndexing":"true"}}""", true)]
    [InlineData("""{"description":{"language":"dotnet-isolated","workerIndexing":true}}""", true)]
    [InlineData("""{"description":{"language":"dotnet-isolated","workerIndexing":"false"}}""", false)]
    [InlineData("""{"description":{"language":"dotnet-isolated"}}""", false)]
    public void Worker_indexing_must_be_on(string workerConfiguration, bool isOn)
    {
        var error = Record.Exception(() => HubFunctionsStart.RequireIndexing(workerConfiguration));

        Assert.Equal(isOn, error is null);
        if (!isOn)
        {
            Assert.Contains("<FunctionsEnableWorkerIndexing>", error!.Message, StringComparison.Ordinal);
        }
    }
}
