using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.EndToEnd.Systems;
using Serverless.Hubs;
using Serverless.Hubs.Management;
using ClientHubException = Microsoft.AspNetCore.SignalR.HubException;

namespace Serverless.EndToEnd.DotNetClient;

/// <summary>
/// The official .NET client, which is stricter than the JavaScript one in places, against the gateway and <see cref="Work"/>;
/// JSON over WebSockets, with negotiation and without.
/// </summary>
[Collection(nameof(RunningSystem))]
public sealed class DotNetClientTests(RunningSystem system) : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly List<HubConnection> _connections = [];

    private string ConnectionString =>
        $"Endpoint=http://127.0.0.1;Port={system.Gateway.Port};AccessKey={RunningSystem.PrimaryKey};Version=1.0;";

    public static TheoryData<bool> Negotiation => [true, false];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Negotiation))]
    public async Task Typed_arguments_and_results_keep_their_precision(bool negotiates)
    {
        var connection = await ConnectAsync(negotiates);
        var parcel = new Parcel("ä🙂", 0.1, long.MaxValue, ["a", ""], new DateTimeOffset(2026, 11, 21, 1, 2, 3, TimeSpan.FromHours(2)));
        var back = await connection.InvokeAsync<Parcel>("Repack", parcel, 2).WaitAsync(Limit);
        Assert.Equal(("ä🙂ä🙂", 0.2, long.MaxValue, parcel.Sent), (back.Label, back.Weight, back.Number, back.Sent));
        await connection.InvokeAsync("Nothing").WaitAsync(Limit);
    }

    [Theory]
    [MemberData(nameof(Negotiation))]
    public async Task Errors_are_hub_exceptions(bool negotiates)
    {
        var connection = await ConnectAsync(negotiates);
        var refusal = await Assert.ThrowsAsync<ClientHubException>(() => connection.InvokeAsync("Refuse", "Näh").WaitAsync(Limit));
        Assert.Equal("An unexpected error occurred invoking 'Refuse' on the server. HubException: Näh", refusal.Message);
        var failure = await Assert.ThrowsAsync<ClientHubException>(() => connection.InvokeAsync("Break").WaitAsync(Limit));
        Assert.Equal("An unexpected error occurred invoking 'Break' on the server.", failure.Message);
        var stream = connection.StreamAsync<int>("Count");
        await Assert.ThrowsAsync<ClientHubException>(async () => await stream.FirstAsync().AsTask().WaitAsync(Limit));
    }

    [Theory]
    [MemberData(nameof(Negotiation))]
    public async Task Messages_reach_a_group_a_user_and_everyone(bool negotiates)
    {
        var user = $"user-{Guid.NewGuid():N}";
        var group = $"group-{Guid.NewGuid():N}";
        var connections = new[] { await ConnectAsync(negotiates, user), await ConnectAsync(negotiates) };
        var inboxes = connections.Select(connection => Listen(connection, "said")).ToArray();
        await connections[1].InvokeAsync("JoinGroup", group).WaitAsync(Limit);

        await connections[0].InvokeAsync("Tell", "group", group, "to the group").WaitAsync(Limit);
        await connections[1].InvokeAsync("Tell", "user", user, "to the user").WaitAsync(Limit);
        await connections[0].InvokeAsync("Tell", "all", "", "to all").WaitAsync(Limit);

        Assert.Equal(["to the user", "to all"], [await NextAsync(inboxes[0]), await NextAsync(inboxes[0])]);
        Assert.Equal(["to the group", "to all"], [await NextAsync(inboxes[1]), await NextAsync(inboxes[1])]);
    }

    [Theory]
    [MemberData(nameof(Negotiation))]
    public async Task A_client_that_was_closed_by_REST_comes_back(bool negotiates)
    {
        var connection = await ConnectAsync(negotiates);
        var reconnecting = new TaskCompletionSource<Exception?>();
        var reconnected = new TaskCompletionSource();
        connection.Reconnecting += error => Done(() => reconnecting.TrySetResult(error));
        connection.Reconnected += _ => Done(() => reconnected.TrySetResult());
        var id = await connection.InvokeAsync<string>("ConnectionId").WaitAsync(Limit);

        var gateway = new GatewayClient(ConnectionString, "work");
        await gateway.CloseConnectionAsync(id, "come back").WaitAsync(Limit);

        Assert.Contains("come back", (await reconnecting.Task.WaitAsync(Limit))!.Message, StringComparison.Ordinal);
        await reconnected.Task.WaitAsync(Limit);
        Assert.NotEqual(id, await connection.InvokeAsync<string>("ConnectionId").WaitAsync(Limit));
        Assert.False(await gateway.ConnectionExistsAsync(id).WaitAsync(Limit));
    }

    [Theory]
    [MemberData(nameof(Negotiation))]
    public async Task Messages_of_900_KB_travel_in_both_directions(bool negotiates)
    {
        var connection = await ConnectAsync(negotiates);
        var big = string.Concat(Enumerable.Repeat("abcdefghi ", 90 * 1024));
        var parcel = await connection.InvokeAsync<Parcel>("Repack", new Parcel(big, 1, 1, [], null), 1).WaitAsync(Limit);
        Assert.True(big == parcel.Label, "The text has changed.");
    }

    [Fact]
    public async Task A_hub_methods_stream_arrives_item_by_item_and_ends_with_its_error()
    {
        var connection = await ConnectAsync(negotiates: true);
        Assert.Equal([1, 2, 3], await connection.StreamAsync<int>("CountTo", 3).ToListAsync().AsTask().WaitAsync(Limit));
        var failing = connection.StreamAsync<int>("CountTo", -1);
        var error = await Assert.ThrowsAsync<ClientHubException>(() => failing.ToListAsync().AsTask().WaitAsync(Limit));
        Assert.Equal("An error occurred on the server while streaming results. HubException: Below zero.", error.Message);
    }

    [Fact]
    public async Task A_client_that_stops_listening_stops_the_hub_method()
    {
        var connection = await ConnectAsync(negotiates: true);
        var inbox = Listen(connection, "said");
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var item in connection.StreamAsync<int>("CountTo", int.MaxValue, stop.Token))
            {
                if (item == 3)
                {
                    await stop.CancelAsync();
                }
            }
        });
        Assert.Equal("stopped", await NextAsync(inbox));
    }

    [Fact]
    public async Task A_hub_method_can_ask_its_own_caller_and_hears_its_error()
    {
        var connection = await ConnectAsync(negotiates: true);
        connection.On<string, string>("answer", question =>
            question == "how?" ? throw new InvalidOperationException("No idea.") : Task.FromResult($"{question} yes"));

        Assert.Equal("really? yes", await connection.InvokeAsync<string>("AskMe", "really?").WaitAsync(Limit));
        var error = await Assert.ThrowsAsync<ClientHubException>(() => connection.InvokeAsync<string>("AskMe", "how?").WaitAsync(Limit));
        Assert.Contains("HubException: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("No idea.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_of_a_client_that_is_gone_says_so()
    {
        var gateway = new GatewayClient(ConnectionString, "work");
        var error = await Assert.ThrowsAsync<Serverless.Hubs.ClientCallException>(
            () => gateway.InvokeConnectionAsync<string>("nobody", "answer", ["?"]).WaitAsync(Limit));
        Assert.Equal(ClientCallFailure.NoConnection, error.Failure);
    }

    [Fact]
    public async Task A_hub_knows_who_is_here()
    {
        var user = $"user-{Guid.NewGuid():N}";
        var group = $"group-{Guid.NewGuid():N}";
        var connections = new[] { await ConnectAsync(negotiates: true, user), await ConnectAsync(negotiates: true) };
        var ids = new List<string>();
        foreach (var connection in connections)
        {
            await connection.InvokeAsync("JoinGroup", group).WaitAsync(Limit);
            ids.Add(await connection.InvokeAsync<string>("ConnectionId").WaitAsync(Limit));
        }

        Assert.Equal(ids.Order(StringComparer.Ordinal), await connections[0].InvokeAsync<string[]>("WhoIsIn", group).WaitAsync(Limit));
        var pages = await new GatewayClient(ConnectionString, "work").ListGroupConnectionsAsync(group, pageSize: 1).ToListAsync();
        Assert.Equal(ids.Order(StringComparer.Ordinal), pages.Select(member => member.ConnectionId));
        Assert.Single(pages, member => member.UserId == user);
        Assert.True(await connections[1].InvokeAsync<bool>("IsUserHere", user).WaitAsync(Limit));
        Assert.False(await connections[1].InvokeAsync<bool>("IsUserHere", user + "x").WaitAsync(Limit));
    }

    [Fact]
    public async Task A_method_that_demands_a_claim_refuses_those_without()
    {
        var connection = await ConnectAsync(negotiates: true, "somebody");
        var error = await Assert.ThrowsAsync<ClientHubException>(() => connection.InvokeAsync<string>("OnlyGreen").WaitAsync(Limit));
        Assert.Equal("Failed to invoke 'OnlyGreen' because user is unauthorized", error.Message);
    }

    private static Task Done(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    private static ChannelReader<string> Listen(HubConnection connection, string name)
    {
        var inbox = Channel.CreateUnbounded<string>();
        connection.On<string>(name, text => inbox.Writer.TryWrite(text));
        return inbox.Reader;
    }

    private static Task<string> NextAsync(ChannelReader<string> inbox) => inbox.ReadAsync().AsTask().WaitAsync(Limit);

    private async Task<HubConnection> ConnectAsync(bool negotiates, string? user = null)
    {
        var connection = Client.Build(ConnectionString, new NegotiateOptions { Hub = "work", UserId = user }, negotiates);
        _connections.Add(connection);
        await connection.StartAsync().WaitAsync(Limit);
        return connection;
    }
}
