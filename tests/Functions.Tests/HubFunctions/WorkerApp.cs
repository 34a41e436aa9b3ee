using Serverless.FunctionsHost;
using Serverless.Functions.Tests.App;
using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.HubFunctions;

/// <summary>The worker of the tests with its hubs, run by the stand-in for the Functions host; shared by the tests of a class.</summary>
public abstract class WorkerApp(string httpMode) : IAsyncLifetime
{
    private FunctionsHostApp? _host;

    internal FunctionsHostApp Host => _host!;

    internal HttpClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _host = await FunctionsHostApp.StartAsync(BuiltProgram.FunctionsHostWorker.Directory, new Dictionary<string, string?>
        {
            ["HTTP_MODE"] = httpMode,
            ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
            ["SECONDLY"] = "0 0 0 1 1 *",
            ["AzureSignalRConnectionString"] = $"Endpoint=http://127.0.0.1;Port=9;AccessKey={RecordingGateway.AccessKey};Version=1.0;",
        });
        Assert.True(await _host.WhenReady, _host.Log);
        Client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = _host.Address };
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
    }
}

/// <summary>The worker with the integration of ASP.NET Core.</summary>
public sealed class ForwardedWorker() : WorkerApp("aspnetcore");

/// <summary>The worker with the built-in HTTP types.</summary>
public sealed class BuiltInWorker() : WorkerApp("builtin");
