using Serverless.Support.Processes;

namespace Serverless.EndToEnd.ChatPage;

/// <summary>The gateway and the function app as processes of their own, which a test may stop and restart.</summary>
internal sealed class ChatSystem : IAsyncDisposable
{
    private const string AccessKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";

    private readonly int _gatewayPort = FreePort.Find();
    private readonly int _functionsPort = FreePort.Find();

    public ServerProcess? Gateway { get; private set; }

    public ServerProcess? Functions { get; private set; }

    public Uri GatewayAddress => new($"http://127.0.0.1:{_gatewayPort}");

    public Uri FunctionsAddress => new($"http://127.0.0.1:{_functionsPort}");

    public Uri PageAddress => new(FunctionsAddress, "/api/");

    /// <summary>The environment variables with which the function app reaches the gateway.</summary>
    public Dictionary<string, string?> FunctionsEnvironment => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["AzureWebJobsStorage"] = "", // no queue to read
        ["AzureSignalRConnectionString"] = $"Endpoint=http://127.0.0.1;Port={_gatewayPort};AccessKey={AccessKey};Version=1.0;",
    };

    public static async Task<ChatSystem> StartAsync()
    {
        var system = new ChatSystem();
        try
        {
            await Task.WhenAll(system.StartGatewayAsync(), system.StartFunctionsAsync());
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the gateway, always on the same port.</summary>
    /// <param name="functions">The address of its upstream; null for this system's own function app.</param>
    public async Task StartGatewayAsync(Uri? functions = null)
    {
        Gateway = await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", _gatewayPort, new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["UpstreamSettings__Templates__0__UrlTemplate"] =
                (functions ?? FunctionsAddress).GetLeftPart(UriPartial.Authority) + "/api/upstream/{hub}/{category}/{event}",
        });
    }

    /// <summary>Starts the function app, always on the same port.</summary>
    public async Task StartFunctionsAsync() =>
        Functions = await ServerProcess.StartAsync(BuiltProgram.Functions, "/api/", _functionsPort, FunctionsEnvironment);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { Gateway, Functions })
        {
            if (process is not null)
            {
                await process.DisposeAsync();
            }
        }
    }
}
