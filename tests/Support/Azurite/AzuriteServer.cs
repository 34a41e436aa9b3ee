using System.Diagnostics;
using Serverless.Support.Processes;

namespace Serverless.Support.Azurite;

/// <summary>A real Azurite with its tables, on a port and in a folder of its own. It can be stopped and started again with what it holds.</summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    /// <summary>The key that everybody knows.</summary>
    public const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private const string Account = "devstoreaccount1";

    private readonly string _folder = Directory.CreateTempSubdirectory("azurite-").FullName;
    private readonly int _port = FreePort.Find();
    private ServerProcess? _process;

    private AzuriteServer()
    {
    }

    /// <summary>Host and port.</summary>
    public string Address => $"127.0.0.1:{_port}";

    /// <summary>What <c>Gateway:Tables</c> says to use it.</summary>
    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={AccountKey};TableEndpoint=http://127.0.0.1:{_port}/{Account};";

    public static async Task<AzuriteServer> StartAsync()
    {
        var server = new AzuriteServer();
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

    /// <summary>Ends it; its folder and its port stay.</summary>
    public async Task StopAsync()
    {
        if (_process is not null)
        {
            // It writes to its folder every 5 s, and at Ctrl-C.
            await _process.InterruptAsync();
            await _process.DisposeAsync();
            _process = null;
        }
    }

    /// <summary>Starts it, again if need be.</summary>
    public async Task RestartAsync()
    {
        var script = Path.Combine(
            BuiltProgram.RepositoryRoot, "tests", "Support", "Azurite", "node_modules", "azurite", "dist", "src", "table", "main.js");
        if (!File.Exists(script))
        {
            throw new FileNotFoundException("Azurite is missing: run 'npm ci' in tests/Support/Azurite (bash test.sh does).", script);
        }

        var start = new ProcessStartInfo(
            "node",
            [script, "--silent", "--disableTelemetry", "--skipApiVersionCheck", "--tableHost", "127.0.0.1", "--tablePort", $"{_port}", "--location", _folder]);
        _process = await ServerProcess.StartAsync(start, new Uri($"http://127.0.0.1:{_port}"), "/");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
