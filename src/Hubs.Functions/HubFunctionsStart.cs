using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Serverless.Hubs.Functions;

/// <summary>
/// Checks the hubs and the build of the app before the app starts, because the host would report a missing function only when it is called.
/// </summary>
internal sealed class HubFunctionsStart(IServiceProvider services) : IHostedLifecycleService
{
    private const string WorkerFile = "worker.config.json";

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var folder = Environment.GetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY")
            ?? Environment.GetEnvironmentVariable("FUNCTIONS_WORKER_DIRECTORY")
            ?? AppContext.BaseDirectory;
        var file = Path.Combine(folder, WorkerFile);
        if (File.Exists(file))
        {
            RequireIndexing(File.ReadAllText(file));
        }

        // Finds hubs that cannot run.
        _ = services.GetRequiredService<HubFunctionTable>();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // {"description":{"language":"dotnet-isolated",…,"workerIndexing":"true"}}, as the worker's SDK writes it
    internal static void RequireIndexing(string workerConfiguration)
    {
        using var worker = JsonDocument.Parse(workerConfiguration);
        var isOn = worker.RootElement.TryGetProperty("description", out var description)
            && description.TryGetProperty("workerIndexing", out var indexing)
            && string.Equals(indexing.ToString(), "true", StringComparison.OrdinalIgnoreCase);
        if (!isOn)
        {
            throw new InvalidOperationException(
                "The functions of the app's hubs are added by worker indexing, which the project turns off: the host would not find them. Remove "
                + "<FunctionsEnableWorkerIndexing>false</FunctionsEnableWorkerIndexing> from the project file, or set it to true, and build again.");
        }
    }
}
