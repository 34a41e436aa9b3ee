using Microsoft.AspNetCore.Http;
using Serverless.Hubs.Management;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Clients;

/// <summary>Calls of one client by the management client, presence, and the other operations of the newer API, against a recorder.</summary>
public sealed class ClientCallTests : IAsyncLifetime
{
    private GatewayRecorder _recorder = null!;
    private GatewayClient _gateway = null!;

    public async Task InitializeAsync()
    {
        _recorder = await GatewayRecorder.StartAsync();
        _gateway = new GatewayClient($"Endpoint={_recorder.Address};AccessKey={HubHost.Key};Version=1.0;", "h");
    }

    public async Task DisposeAsync() => await _recorder.DisposeAsync();

    [Fact]
    public async Task A_clients_result_is_read_as_its_type()
    {
        _recorder.AnswerWith(200, null, """{"result":[1,2]}""");

        var result = await _gateway.InvokeConnectionAsync<int[]>("c 1", "Sum", ["ü", 3]);

        Assert.Equal([1, 2], result!);
        Assert.Equal(
            """POST /api/hubs/h/connections/c%201/:invoke?api-version=2024-12-01 {"target":"Sum","arguments":["ü",3]}""",
            Assert.Single(_recorder.Take()).ToString());
    }

    [Theory]
    [InlineData(404, "Warning.Connection.NotExisted", "{}", ClientCallFailure.NoConnection, "connection 'c' does not exist")]
    [InlineData(504, "Error.Connection.Timeout", "{}", ClientCallFailure.TimedOut, "was not answered in time")]
    [InlineData(400, "Error.Connection.Failed", """{"code":"x","message":"Näh."}""", ClientCallFailure.ClientError, "Näh.")]
    public async Task A_call_without_a_result_says_why_and_is_not_repeated(
        int status, string code, string body, ClientCallFailure failure, string text)
    {
        _recorder.AnswerWith(status, code, body);

        var error = await Assert.ThrowsAsync<ClientCallException>(() => _gateway.InvokeConnectionAsync<int>("c", "m", []));

        Assert.Equal(failure, error.Failure);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.Single(_recorder.Take());
    }

    [Fact]
    public async Task A_group_is_listed_page_by_page_from_the_same_address()
    {
        _recorder.Answer = context => context.Response.WriteAsync(context.Request.Query.ContainsKey("continuationToken")
            ? """{"value":[{"connectionId":"b","userId":"u"}]}"""
            : """{"value":[{"connectionId":"a"}],"nextLink":"https://elsewhere.example/x?continuationToken=t%2B1"}""");

        await using var host = new HubHost(hubs => hubs.AddHub<Hubs.AskingHub>(), _recorder.Address);
        var members = await host.Get<IPresence<Hubs.AskingHub>>().InGroupAsync("g/1").ToListAsync();

        Assert.Equal([new GroupMember("a", null), new GroupMember("b", "u")], members);
        Assert.Equal(
            [
                "GET /api/hubs/askinghub/groups/g%2F1/connections?api-version=2024-12-01&maxpagesize=200",
                "GET /api/hubs/askinghub/groups/g%2F1/connections?api-version=2024-12-01&maxpagesize=200&continuationToken=t%2B1",
            ],
            _recorder.Take().Select(request => request.ToString()));
    }

    [Fact]
    public async Task Presence_asks_the_gateway()
    {
        await using var host = new HubHost(hubs => hubs.AddHub<Hubs.AskingHub>(), _recorder.Address);
        var presence = host.Get<IPresence<Hubs.AskingHub>>();
        _recorder.AnswerWith(200);
        Assert.True(await presence.IsConnectionHereAsync("c"));
        Assert.True(await presence.IsUserHereAsync("u"));
        Assert.True(await presence.IsGroupHereAsync("g"));
        _recorder.AnswerWith(404, "Warning.User.NotExisted");
        Assert.False(await presence.IsUserHereAsync("u"));
    }

    [Fact]
    public async Task The_newer_operations_are_asked_as_documented()
    {
        _recorder.AnswerWith(204);
        await _gateway.CloseAllConnectionsAsync("r&", ["a", "b"]);
        await _gateway.CloseGroupConnectionsAsync("g");
        await _gateway.CloseUserConnectionsAsync("u");
        await _gateway.SendStreamItemAsync("c", "s", new[] { 1 }, completes: true);
        await _gateway.CompleteStreamAsync("c", "s", "e");
        _recorder.AnswerWith(200, null, """{"token":"t"}""");
        Assert.Equal("t", await _gateway.GenerateClientTokenAsync("u", TimeSpan.FromMinutes(5)));

        Assert.Equal(
            [
                "POST /api/hubs/h/:closeConnections?api-version=2024-12-01&reason=r%26&excluded=a&excluded=b",
                "POST /api/hubs/h/groups/g/:closeConnections?api-version=2024-12-01",
                "POST /api/hubs/h/users/u/:closeConnections?api-version=2024-12-01",
                "POST /api/hubs/h/connections/c/streams/s/:send?api-version=2022-06-01&completed=true [1]",
                "POST /api/hubs/h/connections/c/streams/s/:complete?api-version=2022-06-01&reason=e",
                "POST /api/hubs/h/:generateToken?api-version=2024-12-01&userId=u&minutesToExpire=5",
            ],
            _recorder.Take().Select(request => request.ToString()));
    }
}
