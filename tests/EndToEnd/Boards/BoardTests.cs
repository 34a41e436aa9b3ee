using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.EndToEnd.DotNetClient;
using Serverless.Hubs;
using ClientHubException = Microsoft.AspNetCore.SignalR.HubException;

namespace Serverless.EndToEnd.Boards;

/// <summary>The programming model, with the hub of <c>docs/hubs.md</c>: from the official client through two gateway nodes and back.</summary>
[Collection(nameof(BoardSystem))]
public sealed class BoardTests(BoardSystem system) : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly string _mark = Guid.NewGuid().ToString("N");
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
    public async Task A_typed_client_is_told_and_asked_and_json_is_as_the_options_say()
    {
        var (writer, reader) = (await ConnectAsync(0, "writer"), await ConnectAsync(1, "reader"));
        var seen = new TaskCompletionSource<SeenNote>();
        reader.On<SeenNote>("NoteAdded", note => seen.TrySetResult(note));
        await reader.InvokeAsync("Open", _mark).WaitAsync(Limit);

        var written = await writer.InvokeAsync<SeenNote>("Add", _mark, "hello", "DarkBlue").WaitAsync(Limit);
        Assert.Equal(("hello", "DarkBlue", User("writer")), (written.Text, written.Ink, written.WrittenBy));
        Assert.Equal(written, await seen.Task.WaitAsync(Limit));

        var answer = false;
        writer.On<string, bool>("Confirm", _ => answer);
        Assert.False(await writer.InvokeAsync<bool>("Remove", written.Id).WaitAsync(Limit));
        answer = true;
        Assert.True(await writer.InvokeAsync<bool>("Remove", written.Id).WaitAsync(Limit));
        Assert.False(await writer.InvokeAsync<bool>("Remove", written.Id).WaitAsync(Limit));
    }

    [Fact]
    public async Task A_client_that_gives_another_number_of_arguments_is_refused()
    {
        var connection = await ConnectAsync(0, "writer");
        var refusal = await Assert.ThrowsAsync<ClientHubException>(() => connection.InvokeAsync("Add", _mark).WaitAsync(Limit));
        Assert.Equal("Failed to invoke 'Add' due to an error on the server.", refusal.Message);
    }

    [Fact]
    public async Task Each_call_has_a_scope_of_its_own_that_ends_with_it()
    {
        var connection = await ConnectAsync(0, "writer");
        var follower = connection.StreamAsync<SeenNote>("Follow").GetAsyncEnumerator();
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add((await connection.InvokeAsync<SeenNote>("Add", _mark, $"{_mark} {i}", "Black").WaitAsync(Limit)).Id);
        }

        // Each unit of work has an id of its own, and its changes are visible to others once its scope has ended.
        Assert.Equal(3, ids.Distinct().Count());
        var followed = new List<string>();
        while (followed.Count < 3 && await follower.MoveNextAsync().AsTask().WaitAsync(Limit))
        {
            if (follower.Current.Text.StartsWith(_mark, StringComparison.Ordinal))
            {
                followed.Add(follower.Current.Id);
            }
        }

        Assert.Equal(ids, followed);
        await follower.DisposeAsync();
    }

    [Fact]
    public async Task A_call_that_the_gateway_no_longer_waits_for_is_cancelled()
    {
        var (gateway, connectionString) = await system.StartImpatientAsync(TimeSpan.FromSeconds(1));
        await using (gateway)
        {
            await using var connection = Client.Build(
                connectionString, new NegotiateOptions { Hub = "board", UserId = User("writer") }, negotiates: true, reconnects: false);
            await connection.StartAsync().WaitAsync(Limit);
            var call = connection.InvokeAsync<SeenNote>("WaitFor", int.MaxValue);
            await UntilAsync(() => system.Notes.Waiting == 1);
            var refusal = await Assert.ThrowsAsync<ClientHubException>(() => call.WaitAsync(Limit));
            Assert.Equal("Invocation failed, status code 500", refusal.Message);
            await UntilAsync(() => system.Notes.Waiting == 0);
        }
    }

    [Fact]
    public async Task Presence_is_right_whichever_node_the_clients_are_on()
    {
        var (ann, bob) = (await ConnectAsync(0, "ann"), await ConnectAsync(1, "bob"));
        Assert.False(await ann.InvokeAsync<bool>("IsRead", _mark).WaitAsync(Limit));
        await bob.InvokeAsync("Open", _mark).WaitAsync(Limit);
        Assert.True(await ann.InvokeAsync<bool>("IsRead", _mark).WaitAsync(Limit));
        await ann.InvokeAsync("Open", _mark).WaitAsync(Limit);

        // The app queries the first node about all nodes; the second node gives the same result.
        var other = new Serverless.Hubs.Management.GatewayClient(system.ConnectionString(1), "board");
        string[] both = [User("ann"), User("bob")];
        foreach (var connection in (HubConnection[])[ann, bob])
        {
            Assert.Equal(both, (await connection.InvokeAsync<string[]>("Readers", _mark).WaitAsync(Limit)).Order(StringComparer.Ordinal));
            Assert.All(both, user => Assert.True(connection.InvokeAsync<bool>("IsHere", user).WaitAsync(Limit).Result));
        }

        Assert.Equal(both, (await other.ListGroupConnectionsAsync(_mark).Select(member => member.UserId!).ToListAsync()).Order(StringComparer.Ordinal));
        Assert.True(await other.UserExistsAsync(User("ann")));

        await bob.StopAsync().WaitAsync(Limit);
        await NextAsync(system.Audit.Read(User("bob")), "disconnected");
        Assert.Equal([User("ann")], await ann.InvokeAsync<string[]>("Readers", _mark).WaitAsync(Limit));
        Assert.False(await ann.InvokeAsync<bool>("IsHere", User("bob")).WaitAsync(Limit));
        Assert.False(await other.UserExistsAsync(User("bob")));
        await ann.StopAsync().WaitAsync(Limit);
        await NextAsync(system.Audit.Read(User("ann")), "disconnected");
        Assert.False(await other.GroupExistsAsync(_mark));
    }

    [Fact]
    public async Task A_filter_is_around_the_connection_calls_and_streams()
    {
        var connection = await ConnectAsync(1, "ann");
        var audit = system.Audit.Read(User("ann"));
        await connection.InvokeAsync("Open", _mark).WaitAsync(Limit);
        var note = await connection.InvokeAsync<SeenNote>("Add", _mark, "x", "Black").WaitAsync(Limit);
        Assert.NotNull(await connection.StreamAsync<SeenNote>("Follow").FirstAsync().AsTask().WaitAsync(Limit));
        var refusal = await Assert.ThrowsAsync<ClientHubException>(() => connection.InvokeAsync("Open", "secret").WaitAsync(Limit));
        Assert.EndsWith("HubException: That board is not yours.", refusal.Message, StringComparison.Ordinal);
        await connection.SendAsync("Open", _mark + "2").WaitAsync(Limit);
        await connection.InvokeAsync<bool>("IsRead", _mark).WaitAsync(Limit);
        await connection.StopAsync().WaitAsync(Limit);

        // The client cancelled the stream, which has no end of its own.
        string[] expected =
        [
            "connected", "> Open", "< Open", "> Add", "< Add", "> Follow", "< Follow", "> Open", "< Open", "> IsRead", "< IsRead", "disconnected",
        ];
        var lines = new List<string>();
        while (lines.Count < expected.Length)
        {
            lines.Add(await audit.ReadAsync().AsTask().WaitAsync(Limit));
        }

        Assert.Equal(expected, lines);
        Assert.NotEmpty(note.Id);
    }

    [Fact]
    public async Task A_filter_and_the_hubs_demands_refuse_clients()
    {
        // Refused by the hub's requirement of a known user, and by an exception of a filter.
        foreach (var user in (string?[])[null, "banned"])
        {
            var connection = Build(0, new NegotiateOptions { Hub = "board", UserId = user }, reconnects: false);
            var closed = new TaskCompletionSource<Exception?>();
            connection.Closed += error =>
            {
                closed.TrySetResult(error);
                return Task.CompletedTask;
            };
            await Record.ExceptionAsync(() => connection.StartAsync().WaitAsync(Limit));
            if (connection.State != HubConnectionState.Disconnected || closed.Task.IsCompleted)
            {
                Assert.NotNull(await closed.Task.WaitAsync(Limit));
            }

            Assert.Equal(HubConnectionState.Disconnected, connection.State);
        }
    }

    [Fact]
    public async Task A_method_with_a_demand_of_its_own_is_for_those_who_meet_it()
    {
        var editor = await ConnectAsync(0, "ann", new Claim("role", "editor"));
        Assert.True(await editor.InvokeAsync<int>("Count").WaitAsync(Limit) >= 0);
        var reader = await ConnectAsync(0, "bob", new Claim("role", "reader"));
        var refusal = await Assert.ThrowsAsync<ClientHubException>(() => reader.InvokeAsync<int>("Count").WaitAsync(Limit));
        Assert.Equal("Failed to invoke 'Count' because user is unauthorized", refusal.Message);
    }

    [Fact]
    public async Task Whom_the_platform_has_signed_in_negotiates_and_is_known_to_the_hub()
    {
        var principal = """{"auth_typ":"aad","claims":[{"typ":"oid","val":"o-1"},{"typ":"name","val":"Änn"},{"typ":"colour","val":"red"},{"typ":"colour","val":"green, blue"}],"name_typ":"name","role_typ":"roles"}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(system.App, "/board/negotiate"));
        request.Headers.Add("X-MS-CLIENT-PRINCIPAL", Convert.ToBase64String(Encoding.UTF8.GetBytes(principal)));
        var profile = await ProfileAsync(request);
        Assert.Equal(("o-1", "Änn"), (profile.Id, profile.Name));
        Assert.Equal("red", profile.Colours[0]);
    }

    [Fact]
    public async Task Who_brings_a_bearer_token_of_the_apps_issuer_negotiates_and_is_known_to_the_hub()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(system.App, "/board/negotiate"));
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            BearerAuthentication.Token(BearerAuthentication.Audience, new Claim("sub", "s-1"), new Claim("name", "Ann"), new Claim("colour", "red")));
        var profile = await ProfileAsync(request);
        Assert.Equal(("s-1", "Ann"), (profile.Id, profile.Name));
        Assert.Equal(["red"], profile.Colours);

        using var foreign = new HttpRequestMessage(HttpMethod.Post, request.RequestUri);
        foreign.Headers.Authorization = new AuthenticationHeaderValue("Bearer", BearerAuthentication.Token("elsewhere", new Claim("sub", "s-1")));
        using var http = new HttpClient();
        using var refused = await http.SendAsync(foreign);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    private async Task<SeenProfile> ProfileAsync(HttpRequestMessage negotiate)
    {
        using var http = new HttpClient();
        using var answer = await http.SendAsync(negotiate);
        answer.EnsureSuccessStatusCode();
        var redirect = (await answer.Content.ReadFromJsonAsync<NegotiateResponse>())!;
        var connection = Client.Build(redirect, negotiates: true);
        _connections.Add(connection);
        await connection.StartAsync().WaitAsync(Limit);
        return await connection.InvokeAsync<SeenProfile>("WhoAmI").WaitAsync(Limit);
    }

    private string User(string name) => $"{name}-{_mark}";

    private async Task<HubConnection> ConnectAsync(int node, string name, params Claim[] claims)
    {
        var connection = Build(node, new NegotiateOptions { Hub = "board", UserId = User(name), Claims = claims });
        await connection.StartAsync().WaitAsync(Limit);
        return connection;
    }

    private HubConnection Build(int node, NegotiateOptions options, bool reconnects = true)
    {
        var connection = Client.Build(system.ConnectionString(node), options, negotiates: true, reconnects);
        _connections.Add(connection);
        return connection;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private static async Task NextAsync(ChannelReader<string> audit, string line)
    {
        while (await audit.ReadAsync().AsTask().WaitAsync(Limit) != line)
        {
        }
    }

    private sealed record SeenNote(string Id, string Text, string Ink, string? WrittenBy);

    private sealed record SeenProfile(string? Id, string? Name, string[] Colours);
}
