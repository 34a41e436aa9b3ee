using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Serverless.Gateway.Tests.Access;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Hosting;

/// <summary>A gateway that accepts the tokens of an issuer on this machine.</summary>
public sealed class EntraGateway : GatewayFixture, IDisposable
{
    // Started before the gateway, synchronously, because a constructor cannot await.
    internal LocalIssuer Issuer { get; } = Task.Run(LocalIssuer.StartAsync).GetAwaiter().GetResult();

    protected override void Configure(Dictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        environment["Gateway__Entra__Authority"] = Issuer.Authority;
    }

    public void Dispose() => Task.Run(async () => await Issuer.DisposeAsync()).GetAwaiter().GetResult();

    internal string Token(params string[] roles) => Issuer.Token(DateTimeOffset.UtcNow, roles);
}

/// <summary>
/// Entra ID tokens and roles on the REST API, and the temporary keys that they obtain (docs/contract/rest-api.md#entra-roles,
/// docs/contract/tokens.md#temporary-keys).
/// </summary>
public sealed class EntraIdentityTests(EntraGateway gateway) : IClassFixture<EntraGateway>
{
    private const string Body = """{"target":"m","arguments":[]}""";

    [Theory]
    [InlineData("SignalR Service Owner", 202, 404)]
    [InlineData("SignalR REST API Owner", 202, 404)]
    [InlineData("SignalR REST API Reader", 403, 404)]
    [InlineData("SignalR App Server", 403, 403)]
    [InlineData("Contributor", 403, 403)]
    public async Task Roles_decide_what_a_caller_may_do(string role, int send, int exists)
    {
        var rest = gateway.Rest();
        var sent = await rest.SendAsync("POST", "/api/hubs/entra/:send?api-version=2022-06-01", Body, gateway.Token(role));
        Assert.Equal((send, send == 403 ? "Error.Request.Forbidden" : null), (sent.Status, sent.Code));
        var looked = await rest.SendAsync("GET", "/api/v1/hubs/entra/groups/g", (string?)null, gateway.Token(role));
        Assert.Equal((exists, exists == 403 ? "Error.Request.Forbidden" : "Warning.Group.NotExisted"), (looked.Status, looked.Code));
        Assert.Equal(exists, (await rest.SendAsync("HEAD", "/api/v1/hubs/entra/groups/g", (string?)null, gateway.Token(role))).Status);
    }

    [Fact]
    public async Task A_refusal_says_what_to_do()
    {
        var rest = gateway.Rest();
        var role = await rest.SendAsync("POST", "/api/hubs/entra/:send", Body, gateway.Token("SignalR REST API Reader"));
        Assert.Contains("'SignalR REST API Owner'", role.Detail("message"), StringComparison.Ordinal);
        var foreign = await rest.SendAsync(
            "POST", "/api/hubs/entra/:send", Body, gateway.Issuer.Token(DateTimeOffset.UtcNow, ["SignalR Service Owner"], audience: "https://x"));
        Assert.Equal((401, "Error.Request.Unauthorized"), (foreign.Status, foreign.Code));
        Assert.Contains("https://signalr.azure.com/.default", foreign.Detail("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_of_the_access_keys_are_taken_as_before() =>
        Assert.Equal(202, await gateway.Rest().StatusAsync("POST", "/api/hubs/entra/:send", Body));

    [Theory]
    [InlineData("/api/v1/auth/accessKey", "SignalR App Server")]
    [InlineData("/api/auth/accessKey?api-version=2023-07-01", "SignalR Service Owner")]
    public async Task A_temporary_key_signs_client_tokens(string path, string role)
    {
        var hub = GatewayFixture.NewHub();
        var (keyId, key) = await TemporaryKeyAsync(path, role);
        await using var peer = await HubPeer.ConnectAsync(gateway.Address, hub, Sign($"http://127.0.0.1/client/?hub={hub}", keyId, key), HubProtocol.Json);
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x"));
    }

    [Fact]
    public async Task A_temporary_key_signs_nothing_else()
    {
        var hub = GatewayFixture.NewHub();
        var (keyId, key) = await TemporaryKeyAsync("/api/v1/auth/accessKey", "SignalR App Server");
        var path = $"/api/hubs/{hub}/:send";
        var answer = await gateway.Rest().SendAsync("POST", path, Body, Sign($"http://127.0.0.1{path}", keyId, key));
        Assert.Equal((401, "Error.Request.Unauthorized"), (answer.Status, answer.Code));

        // Another id, a longer lifetime, or an access key with the id of a temporary one.
        var (otherId, _) = await TemporaryKeyAsync("/api/v1/auth/accessKey", "SignalR App Server");
        foreach (var (id, secret) in ((string, string)[])[(otherId, key), (keyId[..^1] + (keyId[^1] == 'A' ? 'B' : 'A'), key), (keyId, GatewayFixture.Key), ("tk1.", key)])
        {
            await using var refused = await RawConnection.OpenAsync(gateway.Address);
            await refused.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, hub, Sign($"http://127.0.0.1/client/?hub={hub}", id, secret)));
            Assert.StartsWith("HTTP/1.1 401 ", await refused.ReadHeadAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("SignalR REST API Owner")]
    [InlineData("SignalR REST API Reader")]
    public async Task Only_app_servers_and_owners_get_temporary_keys(string role)
    {
        var answer = await gateway.Rest().SendAsync("GET", "/api/v1/auth/accessKey", (string?)null, gateway.Token(role));
        Assert.Equal((403, "Error.Request.Forbidden"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task While_the_issuer_has_never_answered_a_call_is_503_and_those_with_access_keys_go_on()
    {
        await using var issuer = await LocalIssuer.StartAsync();
        issuer.IsUp = false;
        await using var lonely = await SettingsGateway.StartAsync(
            $$"""{ "Gateway": { "AccessKeys": ["{{GatewayFixture.Key}}"], "Entra": { "Authority": "{{issuer.Authority}}" } } }""");
        var token = issuer.Token(DateTimeOffset.UtcNow, ["SignalR Service Owner"]);
        var answer = await lonely.Rest().SendAsync("POST", "/api/hubs/entra/:send", Body, token);
        Assert.Equal((503, "Error.Request.Unavailable"), (answer.Status, answer.Code));
        Assert.Equal(503, (await lonely.Rest().SendAsync("GET", "/api/v1/auth/accessKey", (string?)null, token)).Status);
        Assert.Equal(202, await lonely.Rest().StatusAsync("POST", "/api/hubs/entra/:send", Body));
        await lonely.LoggedAsync(issuer.Authority);
        issuer.IsUp = true;
        await Waits.UntilAsync(
            async () => (await lonely.Rest().SendAsync("POST", "/api/hubs/entra/:send", Body, token)).Status == 202, "the issuer's keys are requested again and its token is accepted");
    }

    [Fact]
    public async Task An_access_key_s_token_gets_no_temporary_key()
    {
        var answer = await gateway.Rest().SendAsync("GET", "/api/v1/auth/accessKey");
        Assert.Equal((401, "Error.Request.Unauthorized"), (answer.Status, answer.Code));
        Assert.Equal(401, (await gateway.Rest().SendAsync("GET", "/api/auth/accessKey", (string?)null, " ")).Status);
    }

    private async Task<(string KeyId, string Key)> TemporaryKeyAsync(string path, string role)
    {
        var answer = await gateway.Rest().SendAsync("GET", path, (string?)null, gateway.Token(role));
        Assert.Equal(200, answer.Status);
        using var json = JsonDocument.Parse(answer.Body);
        return (json.RootElement.GetProperty("KeyId").GetString()!, json.RootElement.GetProperty("AccessKey").GetString()!);
    }

    // Signs like the SDK: the key's text as UTF-8, its id as kid.
    private static string Sign(string audience, string keyId, string key) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Audience = audience,
        Expires = DateTime.UtcNow.AddHours(1),
        SigningCredentials = new SigningCredentials(
            new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key)) { KeyId = keyId }, SecurityAlgorithms.HmacSha256),
    });
}

/// <summary>A gateway without an issuer.</summary>
[Collection(SharedGateway.Name)]
public sealed class NoEntraIdentityTests(GatewayFixture gateway)
{
    [Fact]
    public async Task Without_an_issuer_there_are_no_temporary_keys_and_the_answer_says_how_to_get_them()
    {
        await using var issuer = await LocalIssuer.StartAsync();
        var token = issuer.Token(DateTimeOffset.UtcNow, ["SignalR Service Owner"]);
        var answer = await gateway.Rest().SendAsync("GET", "/api/v1/auth/accessKey", (string?)null, token);
        Assert.Equal(401, answer.Status);
        Assert.Contains("Gateway:Entra:TenantId", answer.Detail("message"), StringComparison.Ordinal);
        Assert.Equal(401, (await gateway.Rest().SendAsync("POST", "/api/hubs/x/:send", """{"target":"m"}""", token)).Status);
    }
}
