using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Processes;

namespace Serverless.FunctionsHost.Workers;

/// <summary>All that the start of a worker needs.</summary>
/// <param name="Root">The app's root.</param>
/// <param name="Config">The program.</param>
/// <param name="Host">The values of <c>host.json</c>.</param>
/// <param name="Settings">The app settings.</param>
/// <param name="Log">Receives the worker's output and logs.</param>
internal sealed record WorkerSetup(
    string Root, WorkerConfig Config, HostFile Host, IReadOnlyDictionary<string, string?> Settings, HostLog Log)
{
    /// <summary>Returns the arguments after the program, in both of the forms that workers read.</summary>
    public IEnumerable<string> Arguments(string workerId, Uri server, int maxMessageBytes)
    {
        var request = Guid.NewGuid().ToString();
        var limit = maxMessageBytes.ToString();
        return
        [
            .. Config.Arguments, Config.WorkerPath,
            "--host", server.Host, "--port", server.Port.ToString(), "--workerId", workerId, "--requestId", request, "--grpcMaxMessageLength", limit,
            "--functions-uri", server.AbsoluteUri, "--functions-worker-id", workerId, "--functions-request-id", request,
            "--functions-grpc-max-message-length", limit,
        ];
    }

    /// <summary>Returns the worker's environment: the app settings and what the host adds.</summary>
    public IReadOnlyDictionary<string, string?> Environment()
    {
        var environment = new Dictionary<string, string?>(Settings, StringComparer.Ordinal)
        {
            ["FUNCTIONS_WORKER_DIRECTORY"] = Root,
            ["FUNCTIONS_APPLICATION_DIRECTORY"] = Root,
            ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
        };
        if (AppSettings.Find(Settings, "AZURE_FUNCTIONS_ENVIRONMENT") is null)
        {
            environment["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development"; // as the Core Tools do
        }

        return environment;
    }
}
