using System.Text;
using Microsoft.AspNetCore.SignalR;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Clients;

/// <summary>Results of clients, as hubs and the rest of the app get them: with the framework's types and exceptions.</summary>
public sealed class ClientResultTests : IAsyncLifetime
{
    private GatewayRecorder _gateway = null!;
    private HubHost _host = null!;

    private ISingleClientProxy Client => _host.Get<IHubContext<AskingHub>>().Clients.Client("c 1");

    public async Task InitializeAsync()
    {
        _gateway = await GatewayRecorder.StartAsync();
        _host = Host(_gateway.Address);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task A_json_client_s_result_is_read_by_the_hub_s_protocol()
    {
        Answer("json", "{\"type\":3,\"invocationId\":\"s1\",\"result\":[{\"x\":1,\"Y\":2}]}\u001e"u8.ToArray());

        Assert.Equal([new Point(1, 2)], await Client.InvokeAsync<Point[]>("Where", "ü", 3, default));

        var request = Assert.Single(_gateway.Take());
        Assert.Equal("POST /api/hubs/askinghub/connections/c%201/:invoke?api-version=2024-12-01", $"{request.Method} {request.Target}");
        Assert.Equal("application/octet-stream", request.Headers.Accept.ToString());
        Assert.Contains("\"arguments\":[\"ü\",3]", Encoding.UTF8.GetString(request.ReadProtocols()["json"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_messagepack_client_s_result_keeps_its_type()
    {
        // [3, {}, "s1", 3, timestamp of 1 second]
        Answer("messagepack", Convert.FromHexString("0D950380A2733103D6FF00000001"));

        Assert.Equal(DateTime.UnixEpoch.AddSeconds(1), await Client.InvokeAsync<DateTime>("When", default));
    }

    [Fact]
    public async Task A_typed_client_s_result_is_the_hub_s_own()
    {
        Answer("json", "{\"type\":3,\"invocationId\":\"s1\",\"result\":\"yes\"}\u001e"u8.ToArray());

        var response = await _host.InvokeAsync("askinghub", "Ask", """{"type":1,"invocationId":"1","target":"Ask","arguments":["q"]}""");

        Assert.Equal("{\"type\":3,\"invocationId\":\"1\",\"result\":\"yes\"}\u001e", Encoding.UTF8.GetString(response.Body.Span));
        Assert.Contains("/connections/conn-1/:invoke", Assert.Single(_gateway.Take()).Target, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_error_of_a_client_is_a_hub_exception_with_its_text()
    {
        Answer("json", "{\"type\":3,\"invocationId\":\"s1\",\"error\":\"Näh.\"}\u001e"u8.ToArray());
        Assert.Equal("Näh.", (await Assert.ThrowsAsync<HubException>(() => Client.InvokeAsync<int>("m", default))).Message);

        _gateway.AnswerWith(400, "Error.Connection.Failed", "No.");
        Assert.Equal("No.", (await Assert.ThrowsAsync<HubException>(() => Client.InvokeAsync<int>("m", default))).Message);
    }

    [Fact]
    public async Task A_missing_connection_is_an_io_exception_and_a_late_answer_a_time_out()
    {
        _gateway.AnswerWith(404, "Warning.Connection.NotExisted", "{}");
        Assert.Equal(
            "Connection 'c 1' does not exist.", (await Assert.ThrowsAsync<IOException>(() => Client.InvokeAsync<int>("m", default))).Message);

        _gateway.AnswerWith(504, "Error.Connection.Timeout", "{}");
        await Assert.ThrowsAsync<TimeoutException>(() => Client.InvokeAsync<int>("m", default));
        Assert.Equal(2, _gateway.Take().Count);
    }

    [Fact]
    public async Task A_hub_that_lets_a_client_s_error_pass_answers_with_its_text()
    {
        _gateway.AnswerWith(404, "Warning.Connection.NotExisted", "{}");
        var response = await _host.InvokeAsync("askinghub", "Ask", """{"type":1,"invocationId":"1","target":"Ask","arguments":["q"]}""");

        Assert.Single(_host.Log.TakeErrors());
        Assert.Contains("An unexpected error occurred invoking 'Ask' on the server.\"", Encoding.UTF8.GetString(response.Body.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("json", "{\"type\":3,\"invocationId\":\"s1\",\"result\":\"text\"}\u001e")]
    [InlineData("json", "{\"type\":6}\u001e")]
    [InlineData("json", "")]
    [InlineData("other", "{\"type\":3,\"invocationId\":\"s1\",\"result\":1}\u001e")]
    public async Task An_answer_that_cannot_be_read_is_an_error(string protocol, string answer)
    {
        Answer(protocol, Encoding.UTF8.GetBytes(answer));
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Client.InvokeAsync<int>("m", default));
        Assert.True(error is InvalidDataException or HubException, error.ToString());
    }

    [Fact]
    public async Task A_client_cannot_be_asked_before_it_is_connected()
    {
        var response = await _host.SendAsync("hastyhub", "connections", "connected", """{"type":10}"""u8.ToArray());
        Assert.Equal(403, response.Status);
        Assert.Contains("Client results inside OnConnectedAsync Hub methods are not allowed.", Assert.Single(_host.Log.TakeErrors()), StringComparison.Ordinal);
        Assert.Empty(_gateway.Take());
    }

    [Fact]
    public async Task Only_a_single_client_can_be_asked()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => _host.Get<IHubContext<AskingHub, IAsked>>().Clients.All.Answer("q"));
        Assert.Contains("InvokeAsync only works with Single clients", error.Message, StringComparison.Ordinal);
        Assert.Empty(_gateway.Take());
    }

    private static HubHost Host(string gateway) => new(hubs => hubs.AddHub<AskingHub>().AddHub<HastyHub>(), gateway);

    private void Answer(string protocol, byte[] completion) => _gateway.Answer = async context =>
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers["X-ASRS-Protocol"] = protocol;
        await context.Response.Body.WriteAsync(completion);
    };

    private sealed class HastyHub : Hub<IAsked>
    {
        public override Task OnConnectedAsync() => Clients.Caller.Answer("Who are you?");
    }
}
