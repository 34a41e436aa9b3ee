using System.Threading.Channels;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.EndToEnd.DotNetClient;
using Serverless.Hubs;
using Serverless.Hubs.Management;
using Serverless.Protocol;

namespace Serverless.EndToEnd.Boards;

/// <summary>The management client outside a hub, against two real gateway nodes: with an access key and as an identity.</summary>
[Collection(nameof(BoardSystem))]
public sealed class GatewayClientTests(BoardSystem system) : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    // A hub without an upstream, one per test.
    private readonly string _hub = $"h{Guid.NewGuid():N}";
    private readonly List<HubConnection> _connections = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Commands_run_in_order_for_the_connections_that_a_filter_chooses_on_both_nodes()
    {
        var (ann, bob, eve) = (await ConnectAsync(0, "listener-ann"), await ConnectAsync(1, "listener-o'bob"), await ConnectAsync(1, "eve"));
        var gateway = new GatewayClient(system.ConnectionString(0), _hub);

        await gateway.ExecuteAsync(
            [
                ConnectionCommand.SendMessage("said", "first"),
                ConnectionCommand.JoinGroup("listeners"),
                ConnectionCommand.SendMessage("said", "second"),
            ],
            GatewayClient.CreateFilter($"startswith(userId, {"listener-"})"));
        foreach (var inbox in (ChannelReader<string>[])[ann, bob])
        {
            Assert.Equal(["first", "second"], [await NextAsync(inbox), await NextAsync(inbox)]);
        }

        await gateway.SendToGroupAsync("listeners", "said", ["to the group"]);
        Assert.Equal(["to the group", "to the group"], [await NextAsync(ann), await NextAsync(bob)]);
        await gateway.ExecuteAsync([ConnectionCommand.LeaveGroup("listeners")], GatewayClient.CreateFilter($"userId eq {"listener-o'bob"}"));
        await gateway.SendToGroupAsync("listeners", "said", ["again"]);
        await gateway.SendToAllAsync("said", ["end"]);
        Assert.Equal(["again", "end"], [await NextAsync(ann), await NextAsync(ann)]);
        Assert.Equal(["end", "end"], [await NextAsync(bob), await NextAsync(eve)]);
    }

    [Fact]
    public async Task A_command_closes_connections_with_its_reason()
    {
        await ConnectAsync(1, "ann", reconnects: false);
        var closed = new TaskCompletionSource<Exception?>();
        _connections[0].Closed += error =>
        {
            closed.TrySetResult(error);
            return Task.CompletedTask;
        };

        await new GatewayClient(system.ConnectionString(0), _hub).ExecuteAsync([ConnectionCommand.CloseConnection("Time is up.")]);

        Assert.Contains("Time is up.", (await closed.Task.WaitAsync(Limit))!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_request_reaches_several_users_and_groups()
    {
        var (ann, bob) = (await ConnectAsync(0, "u/1 ä"), await ConnectAsync(1, "u2"));
        var gateway = new GatewayClient(system.ConnectionString(0), _hub);
        await gateway.AddUserToGroupAsync("u2", "g");

        await gateway.SendToUsersAsync(["u/1 ä", "u2", "nobody"], "said", ["users"]);
        await gateway.SendToGroupsAsync(["g", "empty"], "said", ["groups"]);
        await gateway.SendToAllAsync("said", ["end"]);

        Assert.Equal(["users", "end"], [await NextAsync(ann), await NextAsync(ann)]);
        Assert.Equal(["users", "groups", "end"], [await NextAsync(bob), await NextAsync(bob), await NextAsync(bob)]);
    }

    [Fact]
    public async Task A_filter_that_is_none_is_refused_with_the_place()
    {
        var refusal = await Assert.ThrowsAsync<RequestFailedException>(
            () => new GatewayClient(system.ConnectionString(0), _hub).ExecuteAsync([ConnectionCommand.JoinGroup("g")], "userId likes 'x'"));
        Assert.Equal(400, refusal.Status);
        Assert.Contains("filter", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_with_a_role_sends_over_https()
    {
        var ann = await ConnectAsync(0, "ann");
        await As("SignalR Service Owner").SendToUserAsync("ann", "said", ["by an identity"]);
        Assert.Equal("by an identity", await NextAsync(ann));
        Assert.True(await As("SignalR REST API Reader").UserExistsAsync("ann"));
        var refusal = await Assert.ThrowsAsync<RequestFailedException>(() => As("SignalR REST API Reader").SendToAllAsync("said", ["x"]));
        Assert.Equal((403, "Error.Request.Forbidden"), (refusal.Status, refusal.ErrorCode));
    }

    [Fact]
    public async Task An_identity_gets_a_key_that_signs_clients_in()
    {
        var key = await As("SignalR App Server").GetAccessKeyAsync();
        var refusal = await Assert.ThrowsAsync<RequestFailedException>(
            () => new GatewayClient(system.ConnectionString(0), _hub).GetAccessKeyAsync());
        Assert.Equal(401, refusal.Status);

        var url = $"{NodeAddress(0)}/client/?hub={_hub}";
        var token = AccessTokens.Create(
            key.AccessKey, AccessTokens.ClientAudience("http://127.0.0.1/", _hub), DateTimeOffset.UtcNow, TimeSpan.FromHours(1), "ann", keyId: key.KeyId);
        var inbox = await StartAsync(Client.Build(new NegotiateResponse { Url = url, AccessToken = token }, negotiates: true));
        await new GatewayClient(system.ConnectionString(1), _hub).SendToUserAsync("ann", "said", ["hello"]);
        Assert.Equal("hello", await NextAsync(inbox));
    }

    [Fact]
    public async Task The_gateways_own_token_lets_a_client_in()
    {
        var token = await As("SignalR Service Owner").GenerateClientTokenAsync("ann", TimeSpan.FromMinutes(5));
        var url = $"{NodeAddress(1)}/client/?hub={_hub}";
        await StartAsync(Client.Build(new NegotiateResponse { Url = url, AccessToken = token }, negotiates: true));
        Assert.True(await new GatewayClient(system.ConnectionString(0), _hub).UserExistsAsync("ann"));
    }

    private string NodeAddress(int node) => ServiceConnectionString.Parse(system.ConnectionString(node)).Endpoint.AbsoluteUri.TrimEnd('/');

    private GatewayClient As(string role) => new(
        system.Secure,
        new RoleCredential(system, role),
        _hub,
        new GatewayClientOptions
        {
            Transport = new HttpClientTransport(new HttpClient(new SocketsHttpHandler
            {
                SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString() == system.CertificateHash },
            })),
        });

    private async Task<ChannelReader<string>> ConnectAsync(int node, string user, bool reconnects = true) =>
        await StartAsync(Client.Build(system.ConnectionString(node), new NegotiateOptions { Hub = _hub, UserId = user }, negotiates: true, reconnects));

    private async Task<ChannelReader<string>> StartAsync(HubConnection connection)
    {
        _connections.Add(connection);
        var inbox = Channel.CreateUnbounded<string>();
        connection.On<string>("said", text => inbox.Writer.TryWrite(text));
        await connection.StartAsync().WaitAsync(Limit);
        return inbox.Reader;
    }

    private static Task<string> NextAsync(ChannelReader<string> inbox) => inbox.ReadAsync().AsTask().WaitAsync(Limit);

    /// <summary>An identity with one role, whose tokens come from the issuer on this machine.</summary>
    private sealed class RoleCredential(BoardSystem system, string role) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Assert.Equal("https://signalr.azure.com/.default", Assert.Single(requestContext.Scopes));
            return new AccessToken(system.Issuer.Token(DateTimeOffset.UtcNow, [role]), DateTimeOffset.UtcNow.AddHours(1));
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
