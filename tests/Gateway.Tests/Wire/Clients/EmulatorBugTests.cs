using System.Net;
using System.Security.Claims;
using System.Text;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Clients;

/// <summary>
/// Bugs of the service's local emulator that the gateway does not have: each test is named after the bug, and the comments cite the
/// project's contract pages.
/// </summary>
[Collection(SharedGateway.Name)]
public sealed class EmulatorBugTests(GatewayFixture gateway)
{
    private const string Empty = """{"type":3,"invocationId":"1"}""";
    private const string Message = """{"target":"m","arguments":[1]}""";

    private static readonly HttpClient Http = new(MemoryNetwork.CreateHandler());

    private readonly string _hub = GatewayFixture.NewHub();
    private readonly RestCaller _rest = gateway.Rest();

    private UpstreamHub Upstream => gateway.UpstreamOf(_hub);

    // docs/contract/tokens.md#client-access-token, "Emulator validates signature only (no aud, exp, iss)"
    [Fact]
    public async Task Tokens_of_which_only_the_signature_is_checked()
    {
        await RefusedAsync(GatewayFixture.ClientToken(_hub, lifetime: TimeSpan.FromSeconds(-5)));
        await RefusedAsync(GatewayFixture.ClientToken(_hub, audience: "http://127.0.0.1/client/?hub=another"));
        await RefusedAsync(GatewayFixture.ClientToken(_hub, audience: $"http://example.com/client/?hub={_hub}"));
        var path = $"/api/hubs/{_hub}/:send";
        Assert.Equal(401, (await _rest.SendAsync("POST", path, Message, RestCaller.Token(path, lifetime: TimeSpan.FromSeconds(-5)))).Status);
        Assert.Equal(401, (await _rest.SendAsync("POST", path, Message, RestCaller.Token(path, audience: "http://127.0.0.1/api/hubs/other"))).Status);

        async Task RefusedAsync(string token)
        {
            await using var connection = await RawConnection.OpenAsync(gateway.Address);
            await connection.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, _hub, token));
            Assert.StartsWith("HTTP/1.1 401 ", await connection.ReadHeadAsync(), StringComparison.Ordinal);
        }
    }

    // docs/contract/tokens.md#negotiation, "Emulator checks hub only on connect, not on negotiate"
    [Theory]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("hub=", HttpStatusCode.BadRequest)]
    [InlineData("hub=1a", HttpStatusCode.BadRequest)]
    [InlineData("hub=another", HttpStatusCode.Unauthorized)]
    public async Task Hubs_that_are_checked_on_connect_only(string query, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Address, $"/client/negotiate?negotiateVersion=1&{query}"));
        request.Headers.Authorization = new("Bearer", GatewayFixture.ClientToken(_hub));
        using var response = await Http.SendAsync(request, Waits.Limited());
        Assert.Equal(status, response.StatusCode);
    }

    // docs/contract/upstream-requests.md#x-asrs-client-query: "it leaks the token"
    [Fact]
    public async Task Access_tokens_in_the_client_query_of_upstream_requests()
    {
        var token = GatewayFixture.ClientToken(_hub);
        await using var peer = await HubPeer.ConnectAsync(
            gateway.Address, _hub, token: null, Protocol.HubProtocol.Json, $"&access_token={token}&room=7");
        var connected = await Upstream.NextAsync("connected");
        Assert.Equal($"?hub={_hub}&room=7", connected.Header("X-ASRS-Client-Query"));
        Assert.DoesNotContain(connected.Headers, header => header.Value.Contains(token, StringComparison.Ordinal));
    }

    // docs/contract/upstream-requests.md#x-gateway-encoded-headers, "Non-ASCII claim/user-id values make the emulator's HTTP client throw"
    [Fact]
    public async Task Claims_and_users_beyond_ascii_that_break_every_call()
    {
        await using var peer = await gateway.ConnectAsync(_hub, "Zoë", claims: [new Claim("city", "Köln 東京")]);
        Assert.Equal(Empty, await peer.InvokeAsync("x"));
        var connected = await Upstream.NextAsync("connected");
        Assert.Equal("Zo%C3%AB", connected.Header("X-ASRS-User-Id"));
        Assert.Contains(new("city", "Köln 東京"), UserClaimsHeader.Parse(connected.Header("X-ASRS-User-Claims"), isEncoded: true));
        Assert.Equal("X-ASRS-User-Id,X-ASRS-User-Claims", connected.Header("X-Gateway-Encoded-Headers")?.Replace(" ", "", StringComparison.Ordinal));
    }

    // docs/contract/upstream-requests.md#order-concurrency-and-limits, "Argument count: parse works for 0–10 arguments only;
    // >10 stalls the connection"
    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(200)]
    public async Task More_than_ten_arguments_that_stall_the_connection(int count)
    {
        var arguments = $"[{string.Join(',', Enumerable.Range(0, count))}]";
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal(Empty, await peer.InvokeAsync("many", arguments));
        await Upstream.NextAsync("connected");
        Assert.Contains($"\"arguments\":{arguments}", (await Upstream.NextAsync("many")).Text, StringComparison.Ordinal);
    }

    // docs/contract/upstream-requests.md#answers, "200 chunked, empty: emulator writes nothing, client hangs"
    [Fact]
    public async Task An_empty_chunked_answer_that_leaves_the_caller_hanging()
    {
        Upstream.Answer = static (_, context) => context.Response.StartAsync();
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal(Empty, await peer.InvokeAsync("x"));
    }

    // docs/contract/upstream-requests.md#answers, "200 + body: body bytes are written to the client verbatim, unvalidated"
    [Theory]
    [InlineData("<html>not found</html>")]
    [InlineData("{\"type\":3,\"invocationId\":\"2\",\"result\":1}\u001e")]
    [InlineData("{\"type\":1,\"target\":\"forged\",\"arguments\":[]}\u001e")]
    public async Task Bodies_that_are_no_completion_of_the_call_and_reach_the_client(string body)
    {
        Upstream.AnswerMessages(200, Encoding.UTF8.GetBytes(body));
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.StartsWith("""{"type":3,"invocationId":"1","error":"Invocation failed""", await peer.InvokeAsync("x"), StringComparison.Ordinal);
    }

    // docs/contract/upstream-requests.md#disconnected-request: disconnected is {"Type":11} in Pascal case, connected is {"type":10}
    [Fact]
    public async Task Property_names_of_disconnected_in_another_case_than_those_of_connected()
    {
        var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal("""{"type":10}""", (await Upstream.NextAsync("connected")).Text);
        await peer.CloseAsync();
        await peer.DisposeAsync();
        Assert.Equal("""{"type":11}""", (await Upstream.NextAsync("disconnected")).Text);
    }

    // docs/contract/upstream-requests.md#hub-protocol-features, StreamInvocation: "emulator ignores it (stream never completes)"
    [Fact]
    public async Task Streams_that_never_complete()
    {
        Upstream.Answer = static (request, context) =>
        {
            context.Response.StatusCode = request.Category == "messages" ? 404 : 200;
            return Task.CompletedTask;
        };
        await using var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync("""{"type":4,"invocationId":"1","target":"x","arguments":[]}""");
        Assert.StartsWith("""{"type":3,"invocationId":"1","error":"Invocation failed""", await peer.NextAsync(), StringComparison.Ordinal);
    }

    // docs/contract/rest-api.md#health, "HEAD /api/health must be anonymous (the emulator wrongly requires a token)"
    [Theory]
    [InlineData("HEAD", "/api/health?api-version=2022-06-01")]
    [InlineData("HEAD", "/api/v1/health")]
    [InlineData("GET", "/api/health")]
    public async Task Health_that_wants_a_token(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(gateway.Address, path));
        using var response = await Http.SendAsync(request, Waits.Limited());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    // docs/contract/rest-api.md#versions, "ignores api-version whether absent or unknown"
    [Fact]
    public async Task Unknown_api_versions_that_are_taken()
    {
        var answer = await _rest.SendAsync("POST", $"/api/hubs/{_hub}/:send?api-version=2022-06-02", Message);
        Assert.Equal((400, "Error.Request.Invalid"), (answer.Status, answer.Code));
    }

    // docs/contract/rest-api.md#error-answers, "RFC 7807 ValidationProblemDetails: emulator 400", without x-ms-error-code
    [Fact]
    public async Task Errors_of_another_shape_without_a_code()
    {
        var answer = await _rest.SendAsync("POST", "/api/hubs/1bad/:send?api-version=2022-06-01", Message);
        Assert.Equal((400, "Error.Request.Invalid"), (answer.Status, answer.Code));
        Assert.Equal(("Error.Request.Invalid", "hub"), (answer.Detail("code"), answer.Detail("target")));
        Assert.Null(answer.Detail("title"));
    }

    // docs/contract/rest-api.md#message-body, "Emulator accepts only application/json ... and at most 10 arguments (>10 -> 500)"
    [Fact]
    public async Task Sends_with_more_than_ten_arguments_or_a_binary_body_that_fail()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        var arguments = $"[{string.Join(',', Enumerable.Range(0, 11))}]";
        Assert.Equal(202, await _rest.StatusAsync("POST", $"/api/hubs/{_hub}/:send", $$"""{"target":"m","arguments":{{arguments}}}"""));
        Assert.Equal($$"""{"type":1,"target":"m","arguments":{{arguments}}}""", await peer.NextAsync());

        // {"json": bin 41, the framed invocation}
        var invocation = Encoding.UTF8.GetBytes("{\"type\":1,\"target\":\"hi\",\"arguments\":[1]}\u001e");
        byte[] body = [0x81, 0xA4, .. "json"u8, 0xC4, (byte)invocation.Length, .. invocation];
        var sent = await _rest.SendAsync("POST", $"/api/hubs/{_hub}/:send", RestCaller.Content(body, "application/octet-stream"));
        Assert.Equal(202, sent.Status);
        Assert.Equal("""{"type":1,"target":"hi","arguments":[1]}""", await peer.NextAsync());
    }

    // docs/contract/rest-api.md#closing, excluded: "emulator ignores it on :closeConnections"
    [Theory]
    [InlineData("/:closeConnections")]
    [InlineData("/users/u1/:closeConnections")]
    [InlineData("/groups/g/:closeConnections")]
    public async Task Excluded_connections_that_are_closed_with_the_others(string path)
    {
        var (kept, keptId) = await gateway.ConnectKnownAsync(_hub, "u1");
        var (closed, closedId) = await gateway.ConnectKnownAsync(_hub, "u1");
        await using (kept)
        await using (closed)
        {
            await _rest.StatusAsync("PUT", $"/api/hubs/{_hub}/groups/g/connections/{keptId}");
            await _rest.StatusAsync("PUT", $"/api/hubs/{_hub}/groups/g/connections/{closedId}");
            Assert.Equal(204, await _rest.StatusAsync("POST", $"/api/hubs/{_hub}{path}?excluded={keptId}"));
            Assert.Equal("""{"type":7,"allowReconnect":true}""", await closed.NextAsync());
            Assert.Equal(Empty, await kept.InvokeAsync("x"));
        }
    }

    // docs/contract/rest-api.md#closing, close by REST: "does not abort the socket itself"
    [Fact]
    public async Task Closed_clients_whose_sockets_stay_open()
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub);
        await using (peer)
        {
            await _rest.StatusAsync("DELETE", $"/api/hubs/{_hub}/connections/{id}?reason=bye");
            Assert.Equal("""{"type":7,"error":"bye","allowReconnect":true} close:1000 end""", await peer.ToEndAsync());
        }
    }

    // docs/contract/rest-api.md#semantics, "Emulator: unknown hub: add-user-to-group before any client connected is accepted (202) and lost"
    [Fact]
    public async Task Users_added_to_groups_of_a_hub_without_clients_that_are_lost()
    {
        Assert.InRange(await _rest.StatusAsync("PUT", $"/api/v1/hubs/{_hub}/groups/g/users/u1"), 200, 202);
        await using var peer = await gateway.ConnectAsync(_hub, "u1");
        await _rest.SendMessageAsync($"/api/hubs/{_hub}/groups/g/:send", "m", "[1]");
        Assert.Equal("""{"type":1,"target":"m","arguments":[1]}""", await peer.NextAsync());
    }

    // docs/contract/rest-api.md#users-in-groups, ttl expiry: "emulator drops the stored pair but already-joined connections stay in the group"
    [Fact]
    public async Task Connections_that_stay_in_a_group_when_their_users_membership_has_ended()
    {
        await using var peer = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        await _rest.StatusAsync("PUT", $"/api/hubs/{_hub}/users/u1/groups/g?ttl=1");
        Assert.Equal(200, await _rest.StatusAsync("HEAD", $"/api/hubs/{_hub}/groups/g"));
        await Waits.UntilAsync(async () => await _rest.StatusAsync("HEAD", $"/api/hubs/{_hub}/groups/g") == 404, "the connection leaves the group");
    }
}

/// <summary>Bugs of the emulator's templates, with the emulator's own settings file.</summary>
public sealed class EmulatorTemplateBugTests
{
    private const string NoTemplate = """{"type":3,"invocationId":"1","error":"Invocation failed, no upstream template matches it."}""";

    // docs/contract/upstream-requests.md#templates, "No template matches: emulator drops the event silently; an invoke then never completes"
    // docs/contract/upstream-requests.md#answers, "If evaluating the URL throws, the client gets Close ... and no disconnected event is sent"
    [Fact]
    public async Task Calls_without_a_template_that_never_complete_and_names_that_make_no_url_that_end_the_connection()
    {
        await using var upstream = await UpstreamRecorder.StartAsync();
        await using var gateway = await SettingsGateway.StartAsync(
            $$"""
            { "UpstreamSettings": { "Templates": [
              { "UrlTemplate": "{{upstream.Template}}", "HubPattern": "chat", "CategoryPattern": "connections", "EventPattern": "*" },
              { "UrlTemplate": "http://{event}:80/", "HubPattern": "chat", "CategoryPattern": "messages", "EventPattern": "no.%url" },
              { "UrlTemplate": "{{upstream.Template}}", "HubPattern": "chat", "CategoryPattern": "messages", "EventPattern": "known" }
            ] } }
            """,
            new Dictionary<string, string?> { ["Gateway__AccessKeys__0"] = GatewayFixture.Key });
        var peer = await gateway.ConnectAsync("chat", GatewayFixture.Key);
        Assert.Equal(NoTemplate, await peer.InvokeAsync("unknown"));
        Assert.Equal(
            """{"type":3,"invocationId":"1","error":"Invocation failed, the upstream template makes no URL with its name."}""",
            await peer.InvokeAsync("no.%url"));
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("known"));
        await peer.CloseAsync();
        await peer.DisposeAsync();
        await upstream.Hub("chat").NextAsync("connected");
        await upstream.Hub("chat").NextAsync("known");
        await upstream.Hub("chat").NextAsync("disconnected");
    }
}
