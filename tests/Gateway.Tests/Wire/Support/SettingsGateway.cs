using System.Globalization;
using Serverless.Protocol;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A gateway of a single test, which reads a <c>settings.json</c> that the test writes and changes.</summary>
internal sealed class SettingsGateway : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-test-").FullName;

    private ServerProcess? _process;

    public Uri Address => Process.Address;

    public ServerProcess Process => _process!;

    public static async Task<SettingsGateway> StartAsync(string settings, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var gateway = new SettingsGateway();
        await gateway.WriteAsync(settings);
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Find()}"));
        var start = GatewayFixture.StartInfo("--urls", address.ToString());
        start.WorkingDirectory = gateway._directory;
        var variables = new Dictionary<string, string?>(environment ?? new Dictionary<string, string?>())
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = null,
        };
        try
        {
            gateway._process = await ServerProcess.StartAsync(start, address, "/api/health", variables);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Replaces the settings file atomically, as editors do.</summary>
    public async Task WriteAsync(string settings)
    {
        var fresh = Path.Combine(_directory, "settings.new");
        await File.WriteAllTextAsync(fresh, settings);
        File.Move(fresh, Path.Combine(_directory, "settings.json"), overwrite: true);
    }

    public Task<HubPeer> ConnectAsync(string hub, string key) =>
        HubPeer.ConnectAsync(Address, hub, GatewayFixture.ClientToken(hub, key: key), HubProtocol.Json, "");

    public RestCaller Rest() => new(Address);

    public Task LoggedAsync(string text) =>
        Waits.UntilAsync(() => Process.Log.Contains(text, StringComparison.Ordinal), $"the log contains '{text}'");

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
