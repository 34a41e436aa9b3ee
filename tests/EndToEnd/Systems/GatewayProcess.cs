using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Systems;

/// <summary>A gateway that a test may kill, stop, freeze and start again, always on the same port.</summary>
internal sealed class GatewayProcess(int port, IReadOnlyDictionary<string, string?> environment) : IAsyncDisposable
{
    private ServerProcess? _server;

    public Uri Address { get; } = new($"http://127.0.0.1:{port}");

    /// <summary>What it wrote, the runs before a restart aside.</summary>
    public string Log => _server?.Log ?? "";

    public async Task StartAsync() =>
        _server = await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", port, environment);

    /// <summary>Asks it to end, as an operator would.</summary>
    public Task<int> StopAsync() => _server!.StopAsync();

    /// <summary>Ends it as a crash would.</summary>
    public Task KillAsync() => _server!.KillAsync();

    /// <summary>Takes the processor from it: its sockets stay open and nobody answers.</summary>
    public void Freeze() => _server!.Freeze();

    /// <summary>Lets a frozen one go on.</summary>
    public void Thaw() => _server!.Thaw();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
