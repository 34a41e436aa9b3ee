using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Hosting;

/// <summary>A gateway process's working directory, addresses and exit.</summary>
public sealed class ProcessLifeTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Settings_of_the_emulator_are_read_and_a_change_takes_effect_while_it_runs()
    {
        await using var upstream = await UpstreamRecorder.StartAsync();
        await WriteSettingsAsync(upstream, hubs: "nobody");
        await using var gateway = await StartAsync();
        var hub = GatewayFixture.NewHub();
        await using var peer = await ConnectAsync(gateway.Address, hub);
        Assert.Contains("no upstream template matches", await peer.InvokeAsync("early"), StringComparison.Ordinal);

        await WriteSettingsAsync(upstream, hubs: hub);
        await Waits.UntilAsync(
            async () => await peer.InvokeAsync("late") == """{"type":3,"invocationId":"1"}""", "the changed template is used");
    }

    [Fact]
    public async Task A_connection_that_says_nothing_does_not_delay_the_end()
    {
        await using var gateway = await StartAsync();
        await using var silent = await RawConnection.OpenAsync(gateway.Address);
        await using var rest = await RawConnection.OpenAsync(gateway.Address);
        await rest.WriteAsync("GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n");
        await rest.ReadResponseAsync();

        // StopAsync has a limit of its own, well below the 30 s for which a stuck connection would hold the process.
        Assert.Equal(0, await gateway.StopAsync());
        Assert.True(await silent.EndsAsync());
    }

    [Fact]
    public async Task A_client_is_told_to_reconnect_when_the_process_ends_and_its_upstream_hears_of_it()
    {
        await using var upstream = await UpstreamRecorder.StartAsync();
        var hub = GatewayFixture.NewHub();
        await WriteSettingsAsync(upstream, hub);
        await using var gateway = await StartAsync();
        await using var peer = await ConnectAsync(gateway.Address, hub);
        await upstream.Hub(hub).NextAsync("connected");
        var stopping = gateway.StopAsync();
        Assert.Equal("""{"type":7,"error":"Service reloading, try reconnecting","allowReconnect":true}""", await peer.NextAsync());
        await peer.CloseAsync();
        await upstream.Hub(hub).NextAsync("disconnected");
        Assert.Equal(0, await stopping);
    }

    [Fact]
    public async Task A_tls_address_answers_nothing_in_plain_text()
    {
        var port = FreePort.Find();
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"https://localhost:{port}"));
        var environment = Environment();
        environment["Kestrel__Certificates__Default__Path"] = CreateCertificate();
        environment["Kestrel__Certificates__Default__Password"] = "x";
        await using var gateway = ServerProcess.Launch(Start(address), address, environment);
        await Waits.UntilAsync(() => gateway.Log.Contains("listens on", StringComparison.Ordinal), "the gateway is listening");

        await using var plain = await RawConnection.OpenAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));
        await plain.WriteAsync(HubPeer.UpgradeRequest(address, "chat", GatewayFixture.ClientToken("chat")));
        Assert.True(await plain.EndsAsync(), "A TLS address answered a request in plain text.");
    }

    private static Task<HubPeer> ConnectAsync(Uri gateway, string hub) =>
        HubPeer.ConnectAsync(gateway, hub, GatewayFixture.ClientToken(hub), HubProtocol.Json, "");

    private static Dictionary<string, string?> Environment() => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["DOTNET_ENVIRONMENT"] = null,
        ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
    };

    private Task<ServerProcess> StartAsync()
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Find()}"));
        return ServerProcess.StartAsync(Start(address), address, "/api/health", Environment());
    }

    private ProcessStartInfo Start(Uri address)
    {
        var start = GatewayFixture.StartInfo("--urls", address.ToString());
        start.WorkingDirectory = _directory;
        return start;
    }

    private Task WriteSettingsAsync(UpstreamRecorder upstream, string hubs) => File.WriteAllTextAsync(
        Path.Combine(_directory, "settings.json"),
        JsonSerializer.Serialize(new
        {
            UpstreamSettings = new
            {
                Templates = new[]
                {
                    new { UrlTemplate = upstream.Template, HubPattern = hubs, CategoryPattern = "*", EventPattern = "*" },
                },
            },
        }));

    private string CreateCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var path = Path.Combine(_directory, "localhost.pfx");
        File.WriteAllBytes(path, certificate.Export(X509ContentType.Pkcs12, "x"));
        return path;
    }
}
