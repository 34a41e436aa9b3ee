using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.FunctionsExtension;

/// <summary>
/// The requirements of a function app with the SignalR extension for an upstream request, and its responses, one rule per test
/// (docs/contract/upstream-requests.md#answers-of-azure-functions).
/// </summary>
public sealed class ExtensionUpstreamTests(ExtensionGateway gateway) : IClassFixture<ExtensionGateway>
{
    private readonly string _hub = GatewayFixture.NewHub();

    private ExtensionTrigger Functions => gateway.Extension.Hub(_hub);

    [Fact]
    public async Task Requests_are_posts_to_the_webhook_with_its_system_key()
    {
        Functions.On("connections", "connected");
        await using var peer = await gateway.ConnectAsync(_hub);
        var call = await Functions.NextAsync("connected");
        Assert.Equal("POST /runtime/webhooks/signalr?code=system-key HTTP/1.1", call.Request.RequestLine);
        Assert.Equal(200, call.Answer.Status);
    }

    [Fact]
    public async Task Header_lines_have_one_space_behind_the_colon_and_none_at_their_end()
    {
        Functions.On("connections", "connected");
        await using var peer = await gateway.ConnectAsync(_hub, "u1", query: "&room=a%20b");
        var head = (await Functions.NextAsync("connected")).Request.Head;
        foreach (var line in (string[])
            ["Content-Type: application/json", "Content-Length: 11", $"X-ASRS-Hub: {_hub}", "X-ASRS-Category: connections", "X-ASRS-Event: connected",
             "X-ASRS-User-Id: u1", $"X-ASRS-Client-Query: ?hub={_hub}&room=a%20b"])
        {
            Assert.Contains($"\r\n{line}\r\n", head, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(head.Split("\r\n"), line => line.EndsWith(' ') || line.Contains(":  ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(GatewayFixture.Key)]
    [InlineData(GatewayFixture.SecondaryKey)]
    public async Task A_signature_of_either_key_matches_though_nothing_is_trimmed(string key)
    {
        Functions.On("connections", "connected").AccessKeys = [key];
        await using var peer = await gateway.ConnectAsync(_hub);
        var call = await Functions.NextAsync("connected");
        Assert.Equal(200, call.Answer.Status);
        Assert.Equal([Signature(GatewayFixture.Key, call.ConnectionId), Signature(GatewayFixture.SecondaryKey, call.ConnectionId)], call.Signatures);
    }

    [Fact]
    public async Task Events_are_the_bare_json_of_type_10_and_11_for_clients_of_both_protocols()
    {
        Functions.On("connections", "connected").On("connections", "disconnected");
        foreach (var protocol in (HubProtocol[])[HubProtocol.Json, HubProtocol.MessagePack])
        {
            var peer = await gateway.ConnectAsync(_hub, protocol: protocol);
            var connected = await Functions.NextAsync("connected");
            Assert.Equal(("application/json", """{"type":10}""", 200), Parts(connected));
            await peer.CloseAsync();
            Assert.Equal(("application/json", """{"type":11}""", 200), Parts(await Functions.NextAsync("disconnected")));
        }
    }

    [Fact]
    public async Task A_json_call_is_bare_and_its_framed_result_reaches_the_client()
    {
        Functions.On("connections", "connected").On("messages", "Echo", static _ => "\"x\"");
        await using var peer = await gateway.ConnectAsync(_hub);
        await Functions.NextAsync("connected");
        Assert.Equal("""{"type":3,"invocationId":"1","result":"x"}""", await peer.InvokeAsync("Echo", """["x"]"""));
        var call = await Functions.NextAsync("Echo");
        Assert.Equal(("application/json", """{"type":1,"invocationId":"1","target":"Echo","arguments":["x"]}""", 200), Parts(call));
    }

    [Fact]
    public async Task A_messagepack_call_is_bare_and_its_framed_result_reaches_the_client()
    {
        Functions.On("connections", "connected").On("messages", "Echo", static call =>
        {
            call.BinaryAnswer = Convert.FromHexString("08950380a13103a168");
            return null;
        });
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        await Functions.NextAsync("connected");
        await peer.SendAsync("960180a131a44563686f91a16890");
        Assert.Equal("950380a13103a168", await peer.NextAsync());
        var call = await Functions.NextAsync("Echo");
        Assert.Equal(("application/x-msgpack", 200), (call.Request.Single("Content-Type"), call.Answer.Status));
        Assert.Equal("960180a131a44563686f91a16890", Convert.ToHexStringLower(call.Request.Body));
        Assert.Equal(("1", "91a16890"), (call.InvocationId, call.Arguments));
    }

    [Fact]
    public async Task A_function_without_a_result_gives_null()
    {
        Functions.On("connections", "connected").On("messages", "Nothing");
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal("""{"type":3,"invocationId":"3","result":null}""", await peer.InvokeAsync("Nothing", id: "3"));
    }

    [Fact]
    public async Task A_function_that_throws_gives_its_message()
    {
        Functions.On("connections", "connected").On("messages", "Fail", static _ => throw new FunctionFailedException("because-42"));
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal("""{"type":3,"invocationId":"1","error":"because-42"}""", await peer.InvokeAsync("Fail"));
    }

    [Fact]
    public async Task A_send_has_no_invocation_id_and_its_empty_200_gives_the_client_nothing()
    {
        Functions.On("connections", "connected")
            .On("messages", "ToMe", static _ => throw new FunctionFailedException("unheard"))
            .On("messages", "Echo", static _ => "1");
        await using var peer = await gateway.ConnectAsync(_hub);
        await Functions.NextAsync("connected");
        await peer.SendAsync("""{"type":1,"target":"ToMe","arguments":["hi"]}""");
        var call = await Functions.NextAsync("ToMe");
        Assert.Equal(("application/json", """{"type":1,"target":"ToMe","arguments":["hi"]}""", 200), Parts(call));
        Assert.Null(call.InvocationId);
        Assert.Equal("""{"type":3,"invocationId":"1","result":1}""", await peer.InvokeAsync("Echo")); // the client's next message
    }

    [Fact]
    public async Task The_event_is_the_target_of_the_body_also_beyond_ascii()
    {
        Functions.On("connections", "connected").On("messages", "grüße/😀", static _ => "1");
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal("""{"type":3,"invocationId":"1","result":1}""", await peer.InvokeAsync("grüße/😀"));
    }

    [Fact]
    public async Task Claims_and_user_are_what_the_extension_s_parser_makes_of_the_header()
    {
        Functions.On("connections", "connected");
        await using var peer = await gateway.ConnectAsync(
            _hub, "u1", claims: [new Claim("team", "red"), new Claim("role", "admin"), new Claim("role", "writer"), new Claim("city", "Zürich")]);
        var call = await Functions.NextAsync("connected");
        Assert.Equal("u1", call.UserId);
        Assert.Equal(("red", "admin", "Zürich"), (call.Claims["team"], call.Claims["role"], call.Claims["city"])); // the first of a name wins
        Assert.Equal($"http://127.0.0.1/client/?hub={_hub}", call.Claims["aud"]);
    }

    [Theory]
    [InlineData("Bob, role: admin")]
    [InlineData("Bob: x")]
    public async Task A_claim_whose_value_has_a_colon_and_space_is_lost_and_makes_no_other(string value)
    {
        Functions.On("connections", "connected");
        await using var peer = await gateway.ConnectAsync(_hub, "u1", claims: [new Claim("name", value), new Claim("last", "z")]);
        var call = await Functions.NextAsync("connected");
        Assert.Equal((null, "z"), (call.Claims.GetValueOrDefault("name"), call.Claims["last"]));
        Assert.False(call.Claims.ContainsKey("role"));
    }

    [Fact]
    public async Task A_claim_without_a_value_is_lost_and_the_next_is_not()
    {
        Functions.On("connections", "connected");
        await using var peer = await gateway.ConnectAsync(_hub, "u1", claims: [new Claim("empty", ""), new Claim("last", "z")]);
        var call = await Functions.NextAsync("connected");
        Assert.Equal((false, "z"), (call.Claims.ContainsKey("empty"), call.Claims["last"]));
    }

    [Fact]
    public async Task The_client_s_query_is_what_the_extension_s_parser_makes_of_the_header()
    {
        Functions.On("connections", "connected");
        await using var peer = await gateway.ConnectAsync(_hub, query: "&room=a%20b&tag=1&tag=2");
        var call = await Functions.NextAsync("connected");
        Assert.Equal((_hub, "a b", "1,2"), (call.Query["hub"], call.Query["room"], call.Query["tag"]));
    }

    [Fact]
    public async Task Without_a_function_for_connected_404_the_client_stays()
    {
        Functions.On("messages", "Echo", static _ => "1");
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal(404, (await Functions.NextAsync("connected")).Answer.Status);
        Assert.Equal("""{"type":3,"invocationId":"1","result":1}""", await peer.InvokeAsync("Echo"));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(415)]
    [InlineData(500)]
    public async Task Another_failure_of_connected_leaves_the_client_as_the_emulator_does(int status)
    {
        Functions.On("connections", "connected").On("messages", "Echo", static _ => "1").EventRefusal = status;
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal(status, (await Functions.NextAsync("connected")).Answer.Status);
        Assert.Equal("""{"type":3,"invocationId":"1","result":1}""", await peer.InvokeAsync("Echo"));
    }

    [Fact]
    public async Task Functions_are_found_whatever_the_case_of_hub_and_target()
    {
        Functions.On("connections", "connected").On("messages", "ECHO", static _ => "1");
        await using var peer = await gateway.ConnectAsync(_hub.ToUpperInvariant());
        Assert.Equal(200, (await Functions.NextAsync("connected")).Answer.Status);
        Assert.Equal("""{"type":3,"invocationId":"1","result":1}""", await peer.InvokeAsync("echo"));
    }

    [Fact]
    public async Task An_anonymous_client_has_no_user_id_header()
    {
        Functions.On("connections", "connected");
        await using var peer = await gateway.ConnectAsync(_hub);
        var head = (await Functions.NextAsync("connected")).Request.Head;
        Assert.DoesNotContain("X-ASRS-User-Id", head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_connection_that_ends_in_an_error_tells_it_and_a_function_that_throws_then_is_200()
    {
        Functions.On("connections", "connected").On("connections", "disconnected", static _ => throw new FunctionFailedException("unheard"));
        await using var peer = await gateway.ConnectAsync(_hub);
        await Functions.NextAsync("connected");
        await peer.SendAsync("this is no hub message");
        var call = await Functions.NextAsync("disconnected");
        Assert.Equal(("application/json", 200), (call.Request.Single("Content-Type"), call.Answer.Status));
        Assert.False(string.IsNullOrEmpty(call.Error));
    }

    // Framed completions of the extension's MessagePack protocol: with a result, without one, with an error.
    [Theory]
    [InlineData("07950380a1310303", "950380a1310303")]
    [InlineData("07950380a13103c0", "950380a13103c0")]
    [InlineData("11950380a13101aa626563617573652d3432", "950380a13101aa626563617573652d3432")]
    public async Task What_a_messagepack_client_s_function_answers_reaches_it_as_it_is(string framed, string received)
    {
        Functions.On("connections", "connected").On("messages", "Echo", call =>
        {
            call.BinaryAnswer = Convert.FromHexString(framed);
            return null;
        });
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        await peer.SendAsync("960180a131a44563686f9090");
        Assert.Equal(received, await peer.NextAsync());
    }

    [Fact]
    public async Task A_messagepack_send_has_nil_for_its_id_and_gets_nothing()
    {
        Functions.On("connections", "connected").On("messages", "Echo", static call =>
        {
            call.BinaryAnswer = Convert.FromHexString("07950380a1310303");
            return null;
        });
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        await Functions.NextAsync("connected");
        await peer.SendAsync("960180c0a44563686f91a16890");
        var call = await Functions.NextAsync("Echo");
        Assert.Equal((null, "960180c0a44563686f91a16890", 0), (call.InvocationId, Convert.ToHexStringLower(call.Request.Body), call.Answer.Body.Length));
        await peer.SendAsync("960180a131a44563686f9090");
        Assert.Equal("950380a1310303", await peer.NextAsync()); // the client's next message
    }

    [Fact]
    public async Task A_stream_invocation_which_the_extension_cannot_read_ends_in_an_error()
    {
        Functions.On("connections", "connected").On("messages", "Echo");
        await using var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync("""{"type":4,"invocationId":"1","target":"Echo","arguments":[]}""");
        Assert.Equal("""{"type":3,"invocationId":"1","error":"Invocation failed, status code 500"}""", await peer.NextAsync());
    }

    [Fact]
    public async Task A_connected_function_that_throws_403_refuses_the_client()
    {
        Functions.On("connections", "connected", static _ => throw new FunctionFailedException("no"));
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal(403, (await Functions.NextAsync("connected")).Answer.Status);
        Assert.StartsWith("""{"type":7,"error":""", await peer.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_of_a_foreign_key_is_401_and_refuses_the_client()
    {
        Functions.On("connections", "connected").AccessKeys = ["another-key-of-the-extension-tests-0123456789"];
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal(401, (await Functions.NextAsync("connected")).Answer.Status);
        Assert.StartsWith("""{"type":7,"error":""", await peer.NextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(415)]
    [InlineData(500)]
    public async Task A_call_that_the_extension_refuses_is_an_error_that_names_its_status(int status)
    {
        Functions.On("connections", "connected").On("messages", "Echo").Refusal = status;
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal(
            $$"""{"type":3,"invocationId":"1","error":"Invocation failed, status code {{status}}"}""", await peer.InvokeAsync("Echo"));
    }

    private static (string? ContentType, string Body, int Status) Parts(ExtensionCall call) =>
        (call.Request.Single("Content-Type"), call.Request.Text, call.Answer.Status);

    private static string Signature(string key, string connectionId) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(connectionId)));
}
