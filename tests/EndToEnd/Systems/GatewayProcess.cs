using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Systems;

/// <summary>A gateway process that a test may kill, stop, suspend and restart, always on the same port.</summary>
internal sealed class GatewayProcess(int port, IReadOnlyDictionary<string, string?> environment) : IAsyncDisposable
{
    private ServerProcess? _server;

    public Uri Address { get; } = new($"http://127.0.0.1:{port}");

    /// <summary>The output since the last start.</summary>
    public string Log => _server?.Log ?? "";

    public async Task StartAsync() =>
        _server = await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", port, environment);

    /// <summary>Stops the process with SIGTERM, as an operator would.</summary>
    public Task<int> StopAsync() => _server!.StopAsync();

    /// <summary>Kills the process, as a crash would.</summary>
    public Task KillAsync() => _server!.KillAsync();

    /// <summary>Suspends the process: its sockets stay open and are not answered.</summary>
    public void Freeze() => _server!.Freeze();

    /// <summary>Resumes the suspended process.</summary>
    public void Thaw() => _server!.Thaw();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
