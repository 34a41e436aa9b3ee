using System.Diagnostics;
using Serverless.Support.Processes;

namespace Serverless.Support.Azurite;

/// <summary>A service of Azurite.</summary>
public enum AzuriteService
{
    Table,
    Queue,
}

/// <summary>A real Azurite server of tables or queues on a port and in a folder of its own. It can be stopped and restarted with its data.</summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    /// <summary>The well-known account key.</summary>
    public const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private const string Account = "devstoreaccount1";

    private readonly string _folder = Directory.CreateTempSubdirectory("azurite-").FullName;
    private readonly int _port = FreePort.Find();
    private ServerProcess? _process;

    private readonly AzuriteService _service;

    private AzuriteServer(AzuriteService service) => _service = service;

    /// <summary>The host and port.</summary>
    public string Address => $"127.0.0.1:{_port}";

    /// <summary>The connection string of this server, such as for <c>Gateway:Tables</c>.</summary>
    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={AccountKey};{_service}Endpoint=http://127.0.0.1:{_port}/{Account};";

    public static async Task<AzuriteServer> StartAsync(AzuriteService service = AzuriteService.Table)
    {
        var server = new AzuriteServer(service);
        try
        {
            await server.RestartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the server; its folder and its port are kept.</summary>
    public async Task StopAsync()
    {
        if (_process is not null)
        {
            // Azurite writes to its folder every 5 s, and on Ctrl-C.
            await _process.InterruptAsync();
            await _process.DisposeAsync();
            _process = null;
        }
    }

    /// <summary>Starts the server, or starts it again.</summary>
    public async Task RestartAsync()
    {
        var service = _service == AzuriteService.Table ? "table" : "queue";
        var script = Path.Combine(
            BuiltProgram.RepositoryRoot, "tests", "Support", "Azurite", "node_modules", "azurite", "dist", "src", service, "main.js");
        if (!File.Exists(script))
        {
            throw new FileNotFoundException("Azurite is missing: run 'npm ci' in tests/Support/Azurite (bash test.sh does).", script);
        }

        var start = new ProcessStartInfo(
            "node",
            [script, "--silent", "--disableTelemetry", "--skipApiVersionCheck", $"--{service}Host", "127.0.0.1", $"--{service}Port", $"{_port}", "--location", _folder]);
        _process = await ServerProcess.StartAsync(start, new Uri($"http://127.0.0.1:{_port}"), "/");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
