using System.Globalization;
using Azure.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.IdentityModel.JsonWebTokens;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Tests.Access;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Upstream;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Processes;
using Serverless.Support.Redis;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Wire.Nodes;

/// <summary>Every way to log in to Redis, on a real server. Credentials never appear in the node's log or health.</summary>
public sealed class RedisLoginTests
{
    private const string Identity = "00000000-aaaa-bbbb-cccc-000000000001";

    private readonly string _hub = GatewayFixture.NewHub();

    [Theory]
    [InlineData(",password=right-opensesame", "Connected")]
    [InlineData(",user=default,password=right-opensesame", "Connected")]
    [InlineData(",password=wrong-opensesame", "Unavailable")]
    public async Task A_password_lets_the_node_in(string login, string state)
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "right-opensesame");
        await using var node = await LaunchAsync(redis.Address + login);
        await StateAsync(node, state);
        if (state == "Unavailable")
        {
            await LoggedAsync(node, "WRONGPASS");
        }

        await NothingToldAsync(node, "opensesame");
        Assert.Equal(202, await new RestCaller(node.Address).StatusAsync("POST", $"/api/v1/hubs/{_hub}", """{"Target":"m"}"""));
    }

    [Fact]
    public async Task A_server_that_repeats_what_it_does_not_know_brings_no_password_into_the_log()
    {
        await using var redis = await RedisServer.StartAsync("--rename-command", "HELLO", "");
        await using var node = await LaunchAsync(redis.Address + ",password=opensesame");
        await LoggedAsync(node, "unknown command");
        await NothingToldAsync(node, "opensesame");
    }

    [Theory]
    [InlineData(false, "sg", "AtMostOnce")]
    [InlineData(false, "chat", "AtLeastOnce")]
    [InlineData(true, "sg", "AtLeastOnce")]
    public async Task A_user_with_the_documented_rights_and_no_others_is_enough(bool isCluster, string prefix, string delivery)
    {
        await using var upstream = await UpstreamRecorder.StartAsync();
        await using var one = isCluster ? null : await RedisServer.StartAsync();
        await using var several = isCluster ? await RedisCluster.StartAsync() : null;
        IReadOnlyList<RedisServer> servers = several?.Servers ?? [one!];
        foreach (var server in servers)
        {
            Assert.Equal("+OK", await server.AskAsync(DocumentedRights(prefix).Replace("<password>", "opensesame", StringComparison.Ordinal)));
            Assert.Equal("+OK", await server.AskAsync("ACL SETUSER default off"));
        }

        var login = servers[0].Address + ",user=gateway,password=opensesame" + (prefix == "sg" ? "" : ",prefix=" + prefix);
        await using var first = await LaunchAsync(login, upstream.Template, delivery: delivery);
        await using var second = await LaunchAsync(login, upstream.Template, delivery: delivery, asProcess: true);
        await StateAsync(first, "Connected");
        await StateAsync(second, "Connected");
        await using var kept = await ConnectAsync(first, "u1");
        await using var lost = await ConnectAsync(second, "u2");
        await upstream.Hub(_hub).NextAsync("connected");
        await upstream.Hub(_hub).NextAsync("connected");
        var rest = new RestCaller(first.Address);
        Assert.Equal(202, await rest.StatusAsync("POST", $"/api/v1/hubs/{_hub}", """{"Target":"m"}"""));
        Assert.Contains("\"m\"", await lost.NextAsync(), StringComparison.Ordinal);
        Assert.Equal(200, await rest.StatusAsync("HEAD", $"/api/v1/hubs/{_hub}/users/u2"));
        Assert.Equal(202, await rest.StatusAsync("PUT", $"/api/v1/hubs/{_hub}/users/u2/groups/g"));
        Assert.Equal(200, await rest.StatusAsync("HEAD", $"/api/v1/hubs/{_hub}/groups/g"));

        // A token is claimed, and its home node is notified.
        await using var elsewhere = (await HubPeer.ConnectAsync(second.Address, first.Address, _hub, GatewayFixture.ClientToken(_hub, "u3"))).Peer;
        await upstream.Hub(_hub).NextAsync("connected");

        await ((ServerProcess)second).KillAsync();
        Assert.Equal("u2", (await upstream.Hub(_hub).NextAsync("disconnected")).Header("X-ASRS-User-Id"));
        Assert.DoesNotContain("NOPERM", first.Log + second.Log, StringComparison.Ordinal);
        await NothingToldAsync(first, "opensesame");
    }

    [Theory]
    [InlineData("GET other:key")]
    [InlineData("SET sgother:key 1")]
    [InlineData("HGETALL sg2:nodes")]
    [InlineData("DEL {sg:}nodes")]
    [InlineData("XADD chat:s * m x")]
    [InlineData("PUBLISH other:channel x")]
    [InlineData("PUBLISH sg2:{chat}:a x")]
    [InlineData("SUBSCRIBE other:channel")]
    [InlineData("EVAL return(redis.call('GET',KEYS[1])) 1 other:key")]
    [InlineData("EVAL return(redis.call('KEYS','*')) 0")]
    [InlineData("PSUBSCRIBE *")]
    [InlineData("KEYS *")]
    [InlineData("SCAN 0")]
    [InlineData("FLUSHALL")]
    [InlineData("CONFIG GET *")]
    [InlineData("ACL LIST")]
    [InlineData("MONITOR")]
    public async Task What_the_documented_rights_leave_out_is_refused(string command)
    {
        await using var redis = await RedisServer.StartAsync();
        Assert.Equal("+OK", await redis.AskAsync(DocumentedRights("sg").Replace("<password>", "opensesame", StringComparison.Ordinal)));
        await using var user = await RedisTenant.ConnectAsync(redis, "gateway", "opensesame");
        var refused = await Assert.ThrowsAsync<RedisException>(() => user.AskAsync(command.Split(' ')));
        Assert.Matches("NOPERM|ACL failure|can't run this command|No permissions", refused.Message);
    }

    [Fact]
    public async Task Over_tls_a_server_is_trusted_by_the_systems_authorities_or_not_at_all()
    {
        using var certificate = new RedisCertificate();
        var port = FreePort.Find();
        await using var redis = await RedisServer.StartAsync([.. certificate.ServerArguments(port), "--requirepass", "opensesame"]);
        var address = string.Create(CultureInfo.InvariantCulture, $"localhost:{port},ssl=true,password=opensesame");
        await using var trusting = await LaunchAsync(address, certificates: certificate.AuthorityFile);
        await StateAsync(trusting, "Connected");
        await using var other = await LaunchAsync(address);
        await LoggedAsync(other, "certificate");
        await StateAsync(other, "Unavailable");
        await NothingToldAsync(other, "opensesame");
    }

    [Fact]
    public async Task The_gateways_identity_lets_the_node_in_by_its_token()
    {
        await using var vault = await LocalVault.StartAsync();
        using var certificate = new RedisCertificate();
        var port = FreePort.Find();
        await using var redis = await RedisServer.StartAsync(
            [.. certificate.ServerArguments(port), "--user", Identity, "on", ">token-for-https://redis.azure.com", "~*", "&*", "+@all"]);
        var address = string.Create(CultureInfo.InvariantCulture, $"localhost:{port},user={Identity},ssl=true,auth=entra,clientId=client-1");
        await using var node = await LaunchAsync(address, certificates: certificate.AuthorityFile, identity: vault.IdentityEndpoint);
        await StateAsync(node, "Connected");
        Assert.Contains(("https://redis.azure.com", "client-1"), vault.Asked);
        Assert.Contains($"user={Identity}", await redis.AskAsync("CLIENT LIST"), StringComparison.Ordinal);
        await NothingToldAsync(node, "token-for");
    }

    [Fact]
    public async Task A_new_token_is_shown_on_the_open_connection_before_the_old_one_ends()
    {
        const string Token = "of https://redis.azure.com/.default";
        await using var redis = await RedisServer.StartAsync();
        Assert.Equal("+OK", await redis.AskAsync($"ACL SETUSER gateway on \">token-1 {Token}\" ~* &* +@all"));
        var time = new FakeTime();
        var credential = new FakeCredential(time);
        using var identity = new IdentityTokens(new Lazy<TokenCredential>(credential), time);

        // The token is valid for an hour and renewed five minutes before its end; the connection is opened late in its lifetime.
        await identity.GetAsync("https://redis.azure.com/.default", CancellationToken.None);
        time.Advance(TimeSpan.FromMinutes(55) - TimeSpan.FromSeconds(1));
        await using var running = new RunningLink(new RedisAddress("127.0.0.1", redis.Port) { User = "gateway", UsesEntra = true }, identity, time);
        await Waits.UntilAsync(() => running.Link.IsUp && time.UntilNextTimer is not null, "the node is connected with the first token");
        Assert.Equal("+OK", await redis.AskAsync($"ACL SETUSER gateway resetpass \">token-2 {Token}\""));
        time.Advance(TimeSpan.FromSeconds(5));
        await Waits.UntilAsync(
            async () => (await redis.AskAsync("INFO commandstats")).Contains("cmdstat_auth:calls=1,", StringComparison.Ordinal), "the second token is presented");
        await Waits.UntilAsync(() => time.UntilNextTimer is { } next && next <= TimeSpan.FromSeconds(5), "the link continues");
        Assert.Equal((1, true, 2), (running.Link.Connections, running.Link.IsUp, credential.Asked));
        Assert.Contains("cmdstat_auth:calls=1,", await redis.AskAsync("INFO commandstats"), StringComparison.Ordinal);
        Assert.Contains("failed_calls=0", (await redis.AskAsync("INFO commandstats")).Split('\n').Single(line => line.StartsWith("cmdstat_auth:", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_user_the_tokens_own_object_id_is_the_user()
    {
        var token = new JsonWebTokenHandler().CreateToken($$"""{"oid":"{{Identity}}"}""");
        await using var redis = await RedisServer.StartAsync("--user", Identity, "on", ">" + token, "~*", "&*", "+@all");
        using var identity = new IdentityTokens(new Lazy<TokenCredential>(DelegatedTokenCredential.Create((_, _) => new AccessToken(token, DateTimeOffset.UtcNow.AddHours(1)))), TimeProvider.System);
        await using var running = new RunningLink(new RedisAddress("127.0.0.1", redis.Port) { UsesEntra = true }, identity, TimeProvider.System);
        await Waits.UntilAsync(() => running.Link.IsUp, "the node is connected");
        Assert.Contains($"user={Identity}", await redis.AskAsync("CLIENT LIST"), StringComparison.Ordinal);
    }

    // From the document, which must therefore be complete.
    internal static string DocumentedRights(string prefix)
    {
        var text = File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "reference", "redis.md"));
        var start = text.IndexOf("ACL SETUSER gateway", StringComparison.Ordinal);
        return text[start..text.IndexOf("```", start, StringComparison.Ordinal)].Replace("\\\n", " ", StringComparison.Ordinal).ReplaceLineEndings(" ").Trim()
            .Replace("~sg:*", $"~{prefix}:*", StringComparison.Ordinal)
            .Replace("&sg:*", $"&{prefix}:*", StringComparison.Ordinal);
    }

    private static async Task NothingToldAsync(IRunningServer node, string secret)
    {
        Assert.DoesNotContain(secret, node.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, (await new RestCaller(node.Address).SendAsync("GET", "/api/health")).Body, StringComparison.Ordinal);
    }

    private static Task LoggedAsync(IRunningServer node, string text) =>
        Waits.UntilAsync(() => node.Log.Contains(text, StringComparison.Ordinal), $"the log contains '{text}'");

    private static Task StateAsync(IRunningServer node, string state) => Waits.UntilAsync(
        async () => (await new RestCaller(node.Address).SendAsync("GET", "/api/health")).Body.Contains($"\"redis\":\"{state}\"", StringComparison.Ordinal),
        $"Redis is {state}");

    private static async Task<IRunningServer> LaunchAsync(
        string redis, string? upstream = null, string? certificates = null, string? identity = null, string? delivery = null, bool asProcess = false)
    {
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = null,
            ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
            ["Gateway__Redis"] = redis,
            ["Gateway__Nodes__Timeout"] = "00:00:02",
            ["Gateway__Delivery"] = delivery,
            ["UpstreamSettings__Templates__0__UrlTemplate"] = upstream ?? $"http://127.0.0.1:{FreePort.Find()}/",
            ["SSL_CERT_FILE"] = certificates,
            ["IDENTITY_ENDPOINT"] = identity,
            ["IDENTITY_HEADER"] = identity is null ? null : LocalVault.IdentityHeader,
            ["MSI_ENDPOINT"] = null,
        };

        // Certificates and identity come from variables of the process.
        return asProcess || certificates is not null || identity is not null
            ? await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", null, environment)
            : await MemoryGateway.StartAsync(environment);
    }

    private Task<HubPeer> ConnectAsync(IRunningServer node, string user) =>
        HubPeer.ConnectAsync(node.Address, _hub, GatewayFixture.ClientToken(_hub, user), HubProtocol.Json);

    // The gateway's link to Redis, without the gateway.
    private sealed class RunningLink : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stopping = new();
        private readonly Task _running;

        public RunningLink(RedisAddress address, IdentityTokens identity, TimeProvider time)
        {
            Link = new RedisLink(address, NodeId.Create(), identity, time, NullLogger<RedisLink>.Instance);
            _running = Task.Run(() => Link.RunAsync(_stopping.Token));
        }

        public RedisLink Link { get; }

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            await _running;
            _stopping.Dispose();
        }
    }
}
