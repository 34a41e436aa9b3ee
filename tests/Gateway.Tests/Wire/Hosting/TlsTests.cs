using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Hosting;

/// <summary>A gateway that terminates TLS, with an additional plain endpoint for the test's start check.</summary>
public sealed class TlsGateway : ProcessFixture
{
    private readonly string _certificate = Path.Combine(Path.GetTempPath(), $"gateway-tests-{Guid.NewGuid():N}.pfx");

    internal Uri SecureAddress { get; } = new($"https://127.0.0.1:{FreePort.Find()}");

    protected override void Configure(Dictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllBytes(_certificate, certificate.Export(X509ContentType.Pfx, "secret"));
        environment["Kestrel__Endpoints__Secure__Url"] = SecureAddress.ToString();
        environment["Kestrel__Endpoints__Secure__Certificate__Path"] = _certificate;
        environment["Kestrel__Endpoints__Secure__Certificate__Password"] = "secret";
    }

    private protected override async Task<IRunningServer> StartAsync(IReadOnlyDictionary<string, string?> environment)
    {
        var plain = new Uri($"http://127.0.0.1:{FreePort.Find()}");
        var all = new Dictionary<string, string?>(environment) { ["Kestrel__Endpoints__Plain__Url"] = plain.ToString() };
        try
        {
            var process = await ServerProcess.StartAsync(StartInfo(), plain, "/api/health", all);
            await Waits.UntilAsync(() => process.Log.Contains("listens on https", StringComparison.Ordinal), "all endpoints are bound");
            return process;
        }
        finally
        {
            File.Delete(_certificate);
        }
    }
}

public sealed class TlsTests(TlsGateway gateway) : IClassFixture<TlsGateway>
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task A_session_over_tls_is_as_one_without(string protocol)
    {
        await using var peer = await HubPeer.ConnectAsync(
            gateway.SecureAddress, _hub, GatewayFixture.ClientToken(_hub, "u1"), HubProtocol.Find(protocol)!);
        await peer.SendFrameAsync(WebSocketOpcode.Ping, "p"u8);
        Assert.Equal("pong:p", await peer.NextAsync());
        await peer.SendAsync(peer.Protocol.IsBinary ? "950180a131a17890" : """{"type":1,"invocationId":"1","target":"x","arguments":[]}""");
        Assert.Equal(peer.Protocol.IsBinary ? "940380a13102" : """{"type":3,"invocationId":"1"}""", await peer.NextAsync());
        await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/users/u1/:send", "m", "[1]");
        Assert.Equal(peer.Protocol.IsBinary ? "960180c0a16d910190" : """{"type":1,"target":"m","arguments":[1]}""", await peer.NextAsync());
        await peer.CloseAsync();
        foreach (var name in (string[])["connected", "x", "disconnected"])
        {
            await gateway.UpstreamOf(_hub).NextAsync(name);
        }
    }

    [Fact]
    public async Task A_client_that_was_cut_off_comes_back_to_its_connection_over_tls()
    {
        var token = GatewayFixture.ClientToken(_hub, "u1");
        using var http = new HttpClient(MemoryNetwork.CreateHandler()) { BaseAddress = gateway.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var answer = await http.PostAsync(new Uri($"/client/negotiate?hub={_hub}&negotiateVersion=1&useStatefulReconnect=true", UriKind.Relative), null);
        using var negotiated = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var id = "&id=" + negotiated.RootElement.GetProperty("connectionToken").GetString();
        await using (var first = await HubPeer.OpenAsync(gateway.SecureAddress, _hub, token, HubProtocol.Json, id))
        {
            await first.ShakeHandsAsync(version: 2);
            await gateway.UpstreamOf(_hub).NextAsync("connected");
        }

        await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/users/u1/:send", "missed");
        await using var second = await HubPeer.OpenAsync(gateway.SecureAddress, _hub, token, HubProtocol.Json, id);
        await second.SendAsync("""{"type":9,"sequenceId":1}""");
        Assert.Equal("""{"type":9,"sequenceId":1}""", await second.NextAsync());
        Assert.Equal("""{"type":1,"target":"missed","arguments":[]}""", await second.NextAsync());
        await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/users/u1/:send", "more");
        Assert.Equal("""{"type":1,"target":"more","arguments":[]}""", await second.NextAsync());
        Assert.Equal(0, gateway.UpstreamOf(_hub).Waiting);
    }

    [Fact]
    public async Task Large_and_many_messages_cross_tls_whole_and_in_order()
    {
        await using var peer = await HubPeer.ConnectAsync(gateway.SecureAddress, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json);
        var large = new string('x', 500_000);
        for (var block = 0; block < 5; block++)
        {
            for (var i = 0; i < 20; i++)
            {
                await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/:send", "m", i == 7 ? $"[{i},\"{large}\"]" : $"[{i}]");
            }

            for (var i = 0; i < 20; i++)
            {
                Assert.Equal($$"""{"type":1,"target":"m","arguments":[{{i}}{{(i == 7 ? $",\"{large}\"" : "")}}]}""", await peer.NextAsync());
            }
        }
    }

    [Fact]
    public async Task A_broken_client_is_refused_over_tls_too()
    {
        await using var peer = await HubPeer.ConnectAsync(gateway.SecureAddress, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json);
        await peer.SendFrameAsync(WebSocketOpcode.Text, new byte[2_000_000]);
        Assert.Contains("maximum message size", await peer.NextAsync(), StringComparison.Ordinal);
        Assert.Equal("close:1000", await peer.NextAsync());
    }

    [Fact]
    public async Task Only_http_1_1_is_spoken_there_so_that_websockets_need_no_other_way()
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new() { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Subject == "CN=localhost" },
        })
        {
            BaseAddress = gateway.SecureAddress,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        using var response = await http.GetAsync("/api/health");
        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version11), (response.StatusCode, response.Version));
    }
}
