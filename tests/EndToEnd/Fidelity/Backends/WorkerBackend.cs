using Serverless.EndToEnd.Systems;
using Serverless.FunctionsHost;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Fidelity.Backends;

/// <summary>The hubs as functions of an isolated worker, as an upstream of a gateway process.</summary>
internal sealed class WorkerBackend : IBackend
{
    private const string Key = "the-key-of-the-fidelity-tests-0123456789-0123456789";

    private FunctionsHostApp? _host;
    private GatewayProcess? _gateway;

    public Uri Address => new(_host!.Address, "api/");

    public async Task StartAsync()
    {
        var port = FreePort.Find();
        _host = await FunctionsHostApp.StartAsync(BuiltProgram.FunctionsHostWorker.Directory, new Dictionary<string, string?>
        {
            ["HTTP_MODE"] = "aspnetcore",
            ["HUBS"] = "table",
            ["DOTNET_TieredPGO"] = "0", // a short life
            ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
            ["SECONDLY"] = "0 0 0 1 1 *",
            ["AzureSignalRConnectionString"] = $"Endpoint=http://127.0.0.1;Port={port};AccessKey={Key};Version=1.0;",
        });
        _gateway = new GatewayProcess(port, new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_TieredPGO"] = "0", // a short life
            ["Gateway__AccessKeys__0"] = Key,
            ["UpstreamSettings__Templates__0__UrlTemplate"] = $"{Address}upstream/{{hub}}/{{category}}/{{event}}",
        });
        await _gateway.StartAsync();
        Assert.True(await _host.WhenReady, _host.Log);
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        if (_host is not null)
        {
            await _host.DisposeAsync();
        }
    }
}
