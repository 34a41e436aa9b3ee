using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Serverless.EndToEnd.Systems;
using Serverless.Gateway.Tests.Access;
using Serverless.Support.Processes;
using Serverless.Support.Redis;

namespace Serverless.EndToEnd.Boards;

/// <summary>
/// Two gateways over a Redis of their own, and an app that is configured with the first one only. The second gateway also terminates TLS,
/// and both accept the tokens of an issuer on this machine.
/// </summary>
public sealed class BoardSystem : IAsyncLifetime
{
    private const string Key = "the-key-of-the-board-tests-0123456789-0123456789";

    private readonly GatewayProcess?[] _nodes = new GatewayProcess?[2];
    private readonly string _certificateFile = Path.Combine(Path.GetTempPath(), $"board-tests-{Guid.NewGuid():N}.pfx");
    private RedisServer? _redis;
    private LocalIssuer? _issuer;
    private WebApplication? _app;

    /// <summary>The second gateway's address over TLS.</summary>
    public Uri Secure { get; } = new($"https://127.0.0.1:{FreePort.Find()}");

    /// <summary>The hash of the certificate of that address.</summary>
    public string CertificateHash { get; private set; } = "";

    /// <summary>The app's own address.</summary>
    public Uri App => new(_app!.Urls.Single());

    internal Audit Audit => (Audit)_app!.Services.GetService(typeof(Audit))!;

    internal Notes Notes => (Notes)_app!.Services.GetService(typeof(Notes))!;

    internal LocalIssuer Issuer => _issuer!;

    /// <summary>The connection string of one of the two gateways.</summary>
    public string ConnectionString(int node) => ConnectionString(_nodes[node]!.Address);

    /// <summary>Starts another gateway, with a limit on the time to wait for an upstream's response.</summary>
    /// <returns>The gateway and its connection string.</returns>
    internal async Task<(GatewayProcess Gateway, string ConnectionString)> StartImpatientAsync(TimeSpan limit)
    {
        var port = FreePort.Find();
        var gateway = new GatewayProcess(port, new Dictionary<string, string?>(Environment(port, isSecure: false))
        {
            ["Gateway__Upstream__Timeout"] = limit.ToString("c", CultureInfo.InvariantCulture),
        });
        await gateway.StartAsync();
        return (gateway, ConnectionString(gateway.Address));
    }

    public async Task InitializeAsync()
    {
        int[] ports = [FreePort.Find(), FreePort.Find()];
        _redis = await RedisServer.StartAsync();
        _issuer = await LocalIssuer.StartAsync();
        _app = await BoardApp.StartAsync(ConnectionString(new Uri($"http://127.0.0.1:{ports[0]}")));
        WriteCertificate();
        for (var i = 0; i < ports.Length; i++)
        {
            _nodes[i] = new GatewayProcess(ports[i], Environment(ports[i], isSecure: i == 1));
        }

        await Task.WhenAll(_nodes.Select(node => node!.StartAsync()));
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes.OfType<GatewayProcess>())
        {
            await node.DisposeAsync();
        }

        await using (_app)
        await using (_issuer)
        await using (_redis)
        {
            File.Delete(_certificateFile);
        }
    }

    private static string ConnectionString(Uri address) => $"Endpoint=http://127.0.0.1;Port={address.Port};AccessKey={Key};Version=1.0;";

    private Dictionary<string, string?> Environment(int port, bool isSecure)
    {
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["Gateway__AccessKeys__0"] = Key,
            ["Gateway__Redis"] = _redis!.Address,
            ["Gateway__Entra__Authority"] = Issuer.Authority,
            ["UpstreamSettings__Templates__0__UrlTemplate"] = $"{App}{{hub}}/upstream/{{category}}/{{event}}",
            ["UpstreamSettings__Templates__0__HubPattern"] = "board",
        };
        if (isSecure)
        {
            environment["Kestrel__Endpoints__Plain__Url"] = $"http://127.0.0.1:{port}";
            environment["Kestrel__Endpoints__Secure__Url"] = Secure.ToString();
            environment["Kestrel__Endpoints__Secure__Certificate__Path"] = _certificateFile;
            environment["Kestrel__Endpoints__Secure__Certificate__Password"] = "secret";
        }

        return environment;
    }

    private void WriteCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        CertificateHash = certificate.GetCertHashString();
        File.WriteAllBytes(_certificateFile, certificate.Export(X509ContentType.Pfx, "secret"));
    }
}

/// <summary>The tests that share the two gateways.</summary>
[CollectionDefinition(nameof(BoardSystem))]
public sealed class BoardSystemTests : ICollectionFixture<BoardSystem>;
