using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Clients;

/// <summary>Calls and streams to one client over the REST API, and other operations of versions after 2022-06-01.</summary>
[Collection(SharedGateway.Name)]
public sealed class ClientCallTests(GatewayFixture gateway)
{
    private const string Version = "?api-version=2024-12-01";

    private readonly string _hub = GatewayFixture.NewHub();

    private RestCaller Rest => new(gateway.Address);

    [Theory]
    [InlineData("application/json", """{"Target":"add","Arguments":[1]}""")]
    [InlineData("application/x-msgpack", "82a6746172676574a3616464a9617267756d656e74739101")]
    public async Task A_clients_result_is_the_answer(string type, string body)
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub);
        await using var _ = peer;
        var bytes = type == "application/json" ? Encoding.UTF8.GetBytes(body) : Convert.FromHexString(body);
        var call = Rest.SendAsync("POST", $"/api/hubs/{_hub}/connections/{id}/:invoke{Version}", RestCaller.Content(bytes, type));
        var callId = await ReadCallAsync(peer);
        await peer.SendAsync("""{"type":3,"invocationId":"unknown","result":1}""");
        await peer.SendAsync($$$"""{"type":3,"invocationId":"{{{callId}}}","result":{"a":[1,2]}}""");
        await peer.SendAsync($$"""{"type":3,"invocationId":"{{callId}}","result":"too late"}""");
        var answer = await call;
        Assert.Equal((200, """{"result":{"a":[1,2]}}"""), (answer.Status, answer.Body));
    }

    [Fact]
    public async Task The_framed_form_names_the_protocol()
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub);
        await using var _ = peer;
        var target = $"/api/hubs/{_hub}/connections/{id}/:invoke{Version}";
        using var http = new HttpClient(MemoryNetwork.CreateHandler()) { BaseAddress = gateway.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, target)
        {
            Content = RestCaller.Content("""{"Target":"add","Arguments":[1]}"""u8.ToArray(), "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", RestCaller.Token(target));
        request.Headers.Accept.ParseAdd("application/octet-stream");
        var call = http.SendAsync(request, Waits.Limited());
        await peer.SendAsync($$"""{"type":3,"invocationId":"{{await ReadCallAsync(peer)}}","result":3}""");
        using var response = await call;
        Assert.Equal(
            (200, "application/octet-stream", "json"),
            ((int)response.StatusCode, response.Content.Headers.ContentType?.ToString(), response.Headers.GetValues("X-ASRS-Protocol").Single()));
        Assert.Matches("^{\"type\":3,\"invocationId\":\"[^\"]+\",\"result\":3}\u001e$", await response.Content.ReadAsStringAsync());
    }

    // Arguments and result: binary data, a float of 32 bits, a timestamp, and a map with a key that JSON cannot represent.
    [Fact]
    public async Task A_call_and_its_result_keep_their_messagepack_bytes()
    {
        const string Values = "94C4020102CA3FC00000D6FF0000000181C301";
        var (peer, id) = await gateway.ConnectKnownAsync(_hub, protocol: HubProtocol.MessagePack);
        await using var _ = peer;
        var body = RestCaller.Content(Convert.FromHexString($"82A6746172676574A3616464A9617267756D656E7473{Values}"), "application/x-msgpack");
        var target = $"/api/hubs/{_hub}/connections/{id}/:invoke{Version}";
        using var http = new HttpClient(MemoryNetwork.CreateHandler()) { BaseAddress = gateway.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", RestCaller.Token(target));
        request.Headers.Accept.ParseAdd("application/x-msgpack");
        var call = http.SendAsync(request, Waits.Limited());
        var received = await peer.NextAsync();
        Assert.Contains(Values, received, StringComparison.OrdinalIgnoreCase);
        var invocation = HubProtocol.MessagePack.Read(Convert.FromHexString(received)).InvocationId!;
        await peer.SendAsync($"950380{0xA0 + invocation.Length:X2}{Convert.ToHexString(Encoding.UTF8.GetBytes(invocation))}03{Values}");
        using var response = await call;
        Assert.Equal((200, "application/x-msgpack"), ((int)response.StatusCode, response.Content.Headers.ContentType?.ToString()));
        Assert.Equal($"81A6726573756C74{Values}", Convert.ToHexString(await response.Content.ReadAsByteArrayAsync()));
    }

    [Fact]
    public async Task A_call_with_arguments_that_json_cannot_have_is_400_for_a_json_client()
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub);
        await using var _ = peer;
        var body = RestCaller.Content(Convert.FromHexString("82A6746172676574A3616464A9617267756D656E74739181C301"), "application/msgpack");
        var answer = await Rest.SendAsync("POST", $"/api/hubs/{_hub}/connections/{id}/:invoke{Version}", body);
        Assert.Equal(400, answer.Status);
        Assert.Contains("no message in the client's hub protocol", answer.Body, StringComparison.Ordinal);
    }

    // Keys of a map: true, 1.5, nil, binary, an array.
    [Theory]
    [InlineData("81C301")]
    [InlineData("81CB3FF800000000000001")]
    [InlineData("81C001")]
    [InlineData("81C4010101")]
    [InlineData("81900A")]
    public async Task A_result_that_json_cannot_have_is_an_error_of_the_call(string result)
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub, protocol: HubProtocol.MessagePack);
        await using var _ = peer;
        var call = Rest.SendAsync("POST", $"/api/hubs/{_hub}/connections/{id}/:invoke{Version}", """{"Target":"add"}""");
        var invocation = HubProtocol.MessagePack.Read(Convert.FromHexString(await peer.NextAsync())).InvocationId!;
        await peer.SendAsync($"9503 80 {0xA0 + invocation.Length:X2}{Convert.ToHexString(Encoding.UTF8.GetBytes(invocation))} 03 {result}".Replace(" ", "", StringComparison.Ordinal));
        var answer = await call;
        Assert.Equal(400, answer.Status);
        Assert.Contains("The client's result has no JSON form", answer.Body, StringComparison.Ordinal);
        Assert.Contains("map key", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_that_is_not_utf8_is_an_error_of_the_call()
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub);
        await using var _ = peer;
        var call = Rest.SendAsync("POST", $"/api/hubs/{_hub}/connections/{id}/:invoke{Version}", """{"Target":"add"}""");
        var invocation = await ReadCallAsync(peer);
        byte[] completion = [.. Encoding.UTF8.GetBytes($$"""{"type":3,"invocationId":"{{invocation}}","result":"""), (byte)'"', 0xFF, (byte)'"', (byte)'}', 0x1E];
        await peer.SendFrameAsync(WebSocketOpcode.Text, completion);
        var answer = await call;
        Assert.Equal(400, answer.Status);
        Assert.Contains("not valid UTF-8", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_goes_before_it_answers_is_404()
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub);
        var call = Rest.SendAsync("POST", $"/api/hubs/{_hub}/connections/{id}/:invoke{Version}", """{"Target":"x"}""");
        await ReadCallAsync(peer);
        await peer.DisposeAsync();
        var answer = await call;
        Assert.Equal((404, "Warning.Connection.NotExisted"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Items_and_ends_of_streams_reach_clients_of_both_protocols()
    {
        var (json, jsonId) = await gateway.ConnectKnownAsync(_hub);
        var (binary, binaryId) = await gateway.ConnectKnownAsync(_hub, protocol: HubProtocol.MessagePack);
        await using var one = json;
        await using var two = binary;
        foreach (var id in new[] { jsonId, binaryId })
        {
            var path = $"/api/hubs/{_hub}/connections/{id}/streams/7";
            Assert.Equal(202, await Rest.StatusAsync("POST", $"{path}/:send{Version}", """[1,"a"]"""));
            Assert.Equal(202, await Rest.StatusAsync("POST", $"{path}/:complete{Version}"));
        }

        Assert.Equal("""{"type":2,"invocationId":"7","item":[1,"a"]}""", await json.NextAsync());
        Assert.Equal("""{"type":3,"invocationId":"7"}""", await json.NextAsync());
        Assert.Equal("940280a1379201a161", await binary.NextAsync(), ignoreCase: true);
        Assert.Equal("940380a13702", await binary.NextAsync(), ignoreCase: true);
    }

    [Fact]
    public async Task Bad_items_and_stream_ids_are_400()
    {
        var path = $"/api/hubs/{_hub}/connections/c/streams/";
        Assert.Equal(400, await Rest.StatusAsync("POST", $"{path}1/:send{Version}", "{"));
        Assert.Equal(400, await Rest.StatusAsync("POST", $"{path}1/:send{Version}&completed=maybe", "1"));
        Assert.Equal(400, await Rest.StatusAsync("POST", $"{path}{new string('s', 101)}/:send{Version}", "1"));
        Assert.Equal(400, await Rest.StatusAsync("POST", $"{path}{new string('s', 101)}/:complete{Version}"));
        Assert.Equal(202, await Rest.StatusAsync("POST", $"{path}1/:send{Version}", "1"));
    }

    [Theory]
    [InlineData("POST", "/:send", 202)]
    [InlineData("DELETE", "/connections/none/groups", 200)]
    [InlineData("PUT", "/users/u/groups/g", 200)]
    public async Task Dated_versions_answer_with_a_service_response(string method, string path, int status)
    {
        var body = method == "POST" ? """{"target":"m"}""" : null;
        var answer = await Rest.SendAsync(method, $"/api/hubs/{_hub}{path}{Version}", body);
        Assert.Equal(status, answer.Status);
        using var json = JsonDocument.Parse(answer.Body);
        Assert.Equal(
            (status, true, "Info", "Request", "Unknown"),
            (json.RootElement.GetProperty("statusCode").GetInt32(),
            json.RootElement.GetProperty("isSuccess").GetBoolean(),
            json.RootElement.GetProperty("level").GetString(),
            json.RootElement.GetProperty("scope").GetString(),
            json.RootElement.GetProperty("errorKind").GetString()));
        Assert.Equal("", (await Rest.SendAsync("POST", $"/api/v1/hubs/{_hub}", """{"target":"m"}""")).Body);
        Assert.Equal("", (await Rest.SendAsync("POST", $"/api/hubs/{_hub}/:closeConnections{Version}")).Body);
    }

    [Fact]
    public async Task A_generated_token_lets_a_client_in()
    {
        var answer = await Rest.SendAsync("POST", $"/api/hubs/{_hub}/:generateToken{Version}&userId=u%201&minutesToExpire=5");
        Assert.Equal(200, answer.Status);
        var token = answer.Detail("token")!;
        await using var peer = await HubPeer.ConnectAsync(gateway.Address, _hub, token, HubProtocol.Json);
        Assert.Equal(200, await Rest.StatusAsync("HEAD", $"/api/hubs/{_hub}/users/u%201{Version}"));
        Assert.Equal(400, await Rest.StatusAsync("POST", $"/api/hubs/{_hub}/:generateToken{Version}&minutesToExpire=0"));
        Assert.Equal(400, await Rest.StatusAsync("POST", $"/api/hubs/{_hub}/:generateToken{Version}&minutesToExpire=x"));
    }

    [Fact]
    public async Task A_groups_connections_are_listed_in_pages()
    {
        var ids = new List<string>();
        var peers = new List<HubPeer>();
        for (var i = 0; i < 5; i++)
        {
            var (peer, id) = await gateway.ConnectKnownAsync(_hub, i == 0 ? null : $"u{i}");
            peers.Add(peer);
            ids.Add(id);
            Assert.Equal(200, await Rest.StatusAsync("PUT", $"/api/hubs/{_hub}/groups/a%2Fb/connections/{id}{Version}"));
        }

        var listed = new List<string>();
        var pages = 0;
        var next = $"/api/hubs/{_hub}/groups/a%2Fb/connections{Version}&maxPageSize=2";
        while (next is not null)
        {
            var answer = await Rest.SendAsync("GET", next);
            Assert.Equal(200, answer.Status);
            using var page = JsonDocument.Parse(answer.Body);
            foreach (var member in page.RootElement.GetProperty("value").EnumerateArray())
            {
                listed.Add(member.GetProperty("connectionId").GetString()!);
                Assert.Equal(listed[^1] != ids[0], member.TryGetProperty("userId", out _));
            }

            next = page.RootElement.TryGetProperty("nextLink", out var link)
                ? link.GetString()![gateway.Address.GetLeftPart(UriPartial.Authority).Length..]
                : null;
            pages++;
        }

        Assert.Equal((3, string.Join(' ', ids.Order(StringComparer.Ordinal))), (pages, string.Join(' ', listed)));
        using var top = JsonDocument.Parse((await Rest.SendAsync("GET", $"/api/hubs/{_hub}/groups/a%2Fb/connections{Version}&top=3")).Body);
        Assert.Equal(3, top.RootElement.GetProperty("value").GetArrayLength());
        Assert.False(top.RootElement.TryGetProperty("nextLink", out _));
        foreach (var bad in new[] { "maxpagesize=0", "maxpagesize=201", "top=0", "top=x", "continuationToken=*" })
        {
            Assert.Equal(400, await Rest.StatusAsync("GET", $"/api/hubs/{_hub}/groups/g/connections{Version}&{bad}"));
        }

        foreach (var peer in peers)
        {
            await peer.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_preview_version_sends_in_all_five_ways()
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub, "u,1");
        await using var _ = peer;
        await Rest.StatusAsync("PUT", $"/api/hubs/{_hub}/groups/g%2C1/connections/{id}{Version}");
        string[] paths = ["", "/user/u%2C1", "/users/x,u%2C1,y", "/group/g%2C1", "/groups/x,g%2C1"];
        foreach (var path in paths)
        {
            await Rest.SendMessageAsync($"/api/v1-preview/hub/{_hub}{path}", "m", "[1]");
            Assert.Equal("""{"type":1,"target":"m","arguments":[1]}""", await peer.NextAsync());
        }
    }

    // Reads the call of the peer and returns its invocation id.
    private static async Task<string> ReadCallAsync(HubPeer peer)
    {
        using var call = JsonDocument.Parse(await peer.NextAsync());
        Assert.Equal(1, call.RootElement.GetProperty("type").GetInt32());
        return call.RootElement.GetProperty("invocationId").GetString()!;
    }
}
