using System.Security.Claims;
using System.Text;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Upstream;

/// <summary>The requests to the upstream: headers, bodies, addresses, and their order.</summary>
[Collection(SharedGateway.Name)]
public sealed class UpstreamRequestTests(GatewayFixture gateway)
{
    private readonly string _hub = GatewayFixture.NewHub();

    private UpstreamHub Upstream => gateway.UpstreamOf(_hub);

    [Fact]
    public async Task Connected_carries_every_header_of_a_named_user()
    {
        await using var peer = await gateway.ConnectAsync(_hub, "u1", claims: [new Claim("team", "red"), new Claim("role", "admin"), new Claim("aud", "x")]);
        var request = await Upstream.NextAsync("connected");

        Assert.Equal("POST", request.Method);
        Assert.Equal($"/up/{_hub}/connections/connected", request.Target);
        Assert.Equal("""{"type":10}""", request.Text);
        Assert.Equal("application/json", request.Header("Content-Type"));
        Assert.Equal("11", request.Header("Content-Length"));
        Assert.Equal(_hub, request.Header("X-ASRS-Hub"));
        Assert.Equal("connections", request.Category);
        Assert.Equal("u1", request.Header("X-ASRS-User-Id"));
        Assert.Equal("?hub=" + _hub, request.Header("X-ASRS-Client-Query"));
        var signature = request.Header("X-ASRS-Signature")!;
        Assert.Equal(UpstreamSignature.Compute(request.ConnectionId, [GatewayFixture.Key, GatewayFixture.SecondaryKey]), signature);
        Assert.Matches("^sha256=[0-9a-f]{64},sha256=[0-9a-f]{64}$", signature);
        var claims = UserClaimsHeader.Parse(request.Header("X-ASRS-User-Claims"));
        Assert.Contains(new("team", "red"), claims);
        Assert.Contains(new("role", "admin"), claims);
        Assert.Contains(new("http://schemas.microsoft.com/ws/2008/06/identity/claims/role", "admin"), claims);
        Assert.Contains(new("asrs.s.uid", "u1"), claims);
        Assert.Contains(new("aud", "x"), claims); // the user's own claim, without its prefix
        Assert.DoesNotContain(claims, claim => claim.Key.StartsWith("asrs.u.", StringComparison.Ordinal));
        string[] known =
        [
            "Host", "Content-Type", "Content-Length", "X-ASRS-Connection-Id", "X-ASRS-Hub", "X-ASRS-Category", "X-ASRS-Event",
            "X-ASRS-User-Id", "X-ASRS-User-Claims", "X-ASRS-Client-Query", "X-ASRS-Signature", "X-Gateway-Signature", "traceparent",
        ];
        Assert.Empty(request.Headers.Keys.Except(known, StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Anonymous_clients_have_no_user_header()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Null((await Upstream.NextAsync("connected")).Header("X-ASRS-User-Id"));
        await peer.CloseAsync();
        Assert.Null((await Upstream.NextAsync("disconnected")).Header("X-ASRS-User-Id"));
    }

    [Theory]
    [InlineData("a%0A", "a%0A", false)]
    [InlineData("a\n", "a%0A", true)]
    [InlineData("ü 😀", "%C3%BC %F0%9F%98%80", true)]
    [InlineData("ü%", "%C3%BC%25", true)]
    [InlineData(" a", "%20a", true)]
    [InlineData("a\r\nX-ASRS-Hub: other", "a%0D%0AX-ASRS-Hub: other", true)]
    [InlineData("a\0b\tc", "a%00b%09c", true)]
    public async Task A_users_name_is_ascii_is_told_from_any_other_and_cannot_add_a_header(string user, string header, bool isEncoded)
    {
        await using var peer = await gateway.ConnectAsync(_hub, user);
        var request = await Upstream.NextAsync("connected");
        Assert.Equal(header, request.Header("X-ASRS-User-Id"));
        Assert.Equal(_hub, request.Header("X-ASRS-Hub"));
        var encoded = request.Header("X-Gateway-Encoded-Headers");
        Assert.Equal(isEncoded, UpstreamHeaderText.Names(encoded, "X-ASRS-User-Id"));
    }

    [Theory]
    [InlineData("a%0A")]
    [InlineData("a\n")]
    [InlineData("Zürich 5%")]
    public async Task A_claims_value_is_told_from_any_other(string value)
    {
        await using var peer = await gateway.ConnectAsync(_hub, "u1", claims: [new Claim("city", value)]);
        var request = await Upstream.NextAsync("connected");
        var isEncoded = UpstreamHeaderText.Names(request.Header("X-Gateway-Encoded-Headers"), "X-ASRS-User-Claims");
        Assert.Contains(new("city", value), UserClaimsHeader.Parse(request.Header("X-ASRS-User-Claims"), isEncoded));
    }

    [Theory]
    [InlineData("add", null)]
    [InlineData("größer", "u1")]
    [InlineData("a%0A", "ü")]
    public async Task The_whole_request_is_signed_with_both_keys(string target, string? user)
    {
        await using var peer = await gateway.ConnectAsync(_hub, user, claims: [new Claim("city", "Zürich")], query: "&room=%20");
        await Upstream.NextAsync("connected");
        await peer.InvokeAsync(target, """["ü",1]""");
        var request = await Upstream.NextAsync();
        foreach (var key in (string[])[GatewayFixture.Key, GatewayFixture.SecondaryKey])
        {
            Assert.Equal(RequestSignatureResult.Right, Verify(request, key, DateTimeOffset.UtcNow, request.Body));
            Assert.Equal(RequestSignatureResult.Wrong, Verify(request, key, DateTimeOffset.UtcNow, "{}"u8.ToArray()));
            Assert.Equal(RequestSignatureResult.Stale, Verify(request, key, DateTimeOffset.UtcNow.AddMinutes(6), request.Body));
        }
    }

    private static RequestSignatureResult Verify(UpstreamRequest request, string key, DateTimeOffset now, byte[] body)
    {
        var signed = new SignedRequest
        {
            Sender = RequestSigner.DigestSender(
                request.ConnectionId,
                request.Header("X-ASRS-Hub"),
                request.Header("X-ASRS-User-Id"),
                request.Header("X-ASRS-User-Claims"),
                request.Header("X-ASRS-Client-Query")),
            Category = request.Category,
            Event = request.Event,
            MediaType = "application/json",
            EncodedHeaders = request.Header("X-Gateway-Encoded-Headers"),
            Body = body,
        };
        return new RequestSigner([key]).Verify(request.Header("X-Gateway-Signature")!, in signed, now, TimeSpan.FromMinutes(5));
    }

    [Theory]
    [InlineData("Bob, role: admin")]
    [InlineData("Bob,role: admin")]
    [InlineData("Bob,, role: admin ,")]
    [InlineData("Bob\r\nX-ASRS-User-Id: root")]
    public async Task A_claims_value_cannot_forge_another_claim_or_header(string value)
    {
        await using var peer = await gateway.ConnectAsync(_hub, "u1", claims: [new Claim("name", value), new Claim("last", "z")]);
        var request = await Upstream.NextAsync("connected");
        var claims = UserClaimsHeader.Parse(request.Header("X-ASRS-User-Claims"), request.Header("X-Gateway-Encoded-Headers") is not null);
        Assert.DoesNotContain(claims, claim => claim.Key == "role");
        Assert.Contains(new("last", "z"), claims);
        Assert.Equal("u1", request.Header("X-ASRS-User-Id"));
    }

    [Fact]
    public async Task A_json_call_is_the_bare_invocation_with_the_clients_own_arguments()
    {
        await using var peer = await gateway.ConnectAsync(_hub, "u1");
        var connected = await Upstream.NextAsync("connected");
        await peer.SendAsync("""{"arguments":[1, "\u00fc",{"b":[ ]}],"invocationId":"7","type":1,"target":"add","extra":1}""");
        var request = await Upstream.NextAsync("add");

        Assert.Equal("""{"type":1,"invocationId":"7","target":"add","arguments":[1, "\u00fc",{"b":[ ]}]}""", request.Text);
        Assert.Equal("application/json", request.Header("Content-Type"));
        Assert.Equal("messages", request.Category);
        Assert.Equal($"/up/{_hub}/messages/add", request.Target);
        foreach (var name in (string[])["X-ASRS-Connection-Id", "X-ASRS-Signature", "X-ASRS-User-Id", "X-ASRS-User-Claims", "X-ASRS-Client-Query"])
        {
            Assert.Equal(connected.Header(name), request.Header(name));
        }
    }

    [Fact]
    public async Task A_messagepack_call_is_the_bare_array_and_its_events_are_json()
    {
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        Assert.Equal("application/json", (await Upstream.NextAsync("connected")).Header("Content-Type"));
        await peer.SendAsync("960180a131a3616464920102" + "90");
        var request = await Upstream.NextAsync("add");
        Assert.Equal("960180a131a361646492010290", Convert.ToHexStringLower(request.Body));
        Assert.Equal("application/x-msgpack", request.Header("Content-Type"));
        await peer.CloseAsync();
        var disconnected = await Upstream.NextAsync("disconnected");
        Assert.Equal(("application/json", """{"type":11}"""), (disconnected.Header("Content-Type"), disconnected.Text));
    }

    [Theory]
    [InlineData("a/b", "a/b", "a%2Fb")]
    [InlineData("..", "..", "%2E%2E")]
    [InlineData(".", ".", "%2E")]
    [InlineData("../../x", "../../x", "..%2F..%2Fx")]
    [InlineData("a b?c=d#e", "a b?c=d#e", "a%20b%3Fc%3Dd%23e")]
    [InlineData("ü😀", "%C3%BC%F0%9F%98%80", "%C3%BC%F0%9F%98%80", true)]
    [InlineData("%C3%BC", "%C3%BC", "%25C3%25BC")]
    [InlineData("{hub}", "{hub}", "%7Bhub%7D")]
    [InlineData("%2e%2e", "%2e%2e", "%252e%252e")]
    [InlineData("a\\r\\nX-Evil: 1", "a%0D%0AX-Evil: 1", "a%0D%0AX-Evil%3A%201", true)]
    [InlineData("*", "*", "%2A")]
    public async Task A_target_stays_one_segment_of_the_path_and_one_header(string json, string header, string segment, bool isEncoded = false)
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        await Upstream.NextAsync("connected");
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync(json));
        var request = await Upstream.NextAsync();
        Assert.Equal($"/up/{_hub}/messages/{segment}", request.Target.Replace("%2a", "%2A", StringComparison.Ordinal));
        Assert.Equal(header, request.Event);
        Assert.Equal(isEncoded ? "X-ASRS-Event" : null, request.Header("X-Gateway-Encoded-Headers"));
        Assert.Null(request.Header("X-Evil"));
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(500_000)]
    public async Task A_target_too_long_for_a_header_fails_alone(int length)
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.StartsWith("""{"type":3,"invocationId":"1","error":"Invocation failed, """, await peer.InvokeAsync(new string('x', length)), StringComparison.Ordinal);
        Assert.Equal("""{"type":3,"invocationId":"2"}""", await peer.InvokeAsync("x", id: "2"));
    }

    [Fact]
    public async Task Arguments_may_be_many()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        await Upstream.NextAsync("connected");
        var arguments = "[" + string.Join(',', Enumerable.Range(0, 300)) + "]";
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x", arguments));
        Assert.Contains(arguments, (await Upstream.NextAsync("x")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_of_one_connection_go_one_at_a_time_in_order_behind_connected_while_pings_are_answered()
    {
        var underWay = 0;
        Upstream.Answer = async (_, _) =>
        {
            Assert.Equal(1, Interlocked.Increment(ref underWay));
            await Upstream.Gate;
            Interlocked.Decrement(ref underWay);
        };
        await using var peer = await gateway.ConnectAsync(_hub);
        for (var i = 0; i < 20; i++)
        {
            await peer.SendAsync($$"""{"type":1,"invocationId":"{{i}}","target":"t{{i}}","arguments":[]}""");
        }

        await Upstream.NextAsync("connected");
        await peer.SendFrameAsync(WebSocketOpcode.Ping, "here"u8);
        Assert.Equal("pong:here", await peer.NextAsync());
        Assert.Equal(0, Upstream.Waiting); // connected is not answered yet, so no further event has been sent
        Upstream.LetGo();

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal($$"""{"type":3,"invocationId":"{{i}}"}""", await peer.NextAsync());
            await Upstream.NextAsync("t" + i);
        }
    }

    [Fact]
    public async Task A_slow_call_of_one_connection_does_not_hold_up_another()
    {
        Upstream.Answer = (request, _) => request.Event == "slow" ? Upstream.Gate : Task.CompletedTask;
        await using var slow = await gateway.ConnectAsync(_hub);
        await using var quick = await gateway.ConnectAsync(_hub);
        await slow.SendAsync("""{"type":1,"invocationId":"1","target":"slow","arguments":[]}""");
        await slow.SendAsync("""{"type":1,"invocationId":"2","target":"next","arguments":[]}""");
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("""{"type":3,"invocationId":"1"}""", await quick.InvokeAsync("quick"));
        }

        Upstream.LetGo();
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await slow.NextAsync());
        Assert.Equal("""{"type":3,"invocationId":"2"}""", await slow.NextAsync());
    }

    [Fact]
    public async Task Disconnected_comes_once_and_last()
    {
        Upstream.Answer = (request, _) => request.Event == "slow" ? Upstream.Gate : Task.CompletedTask;
        var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync("""{"type":1,"target":"slow","arguments":[]}""");
        await peer.SendAsync("""{"type":1,"target":"next","arguments":[]}""");
        await Upstream.NextAsync("connected");
        await Upstream.NextAsync("slow");
        await peer.CloseAsync();
        Upstream.LetGo();
        await Upstream.NextAsync("next");
        await Upstream.NextAsync("disconnected");
        await using var probe = await gateway.ConnectAsync(_hub);
        await Upstream.NextAsync("connected"); // and no second disconnected before it
    }

    [Fact]
    public async Task Long_names_claims_and_queries_arrive_whole()
    {
        var user = new string('ü', 700);
        await using var peer = await gateway.ConnectAsync(_hub, user, query: "&long=" + new string('q', 3000));
        var request = await Upstream.NextAsync("connected");
        Assert.Equal(user, UpstreamHeaderText.Decode(request.Header("X-ASRS-User-Id")!));
        Assert.EndsWith(new string('q', 3000), request.Header("X-ASRS-Client-Query"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_body_of_each_call_is_its_own_when_many_connections_call_at_once()
    {
        Upstream.Answer = async (request, context) =>
        {
            if (request.Category == "messages")
            {
                var id = request.Text.Split("\"invocationId\":\"")[1].Split('"')[0];
                var argument = request.Text.Split("\"arguments\":[")[1].Split(']')[0];
                await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($$"""{"type":3,"invocationId":"{{id}}","result":{{argument}}}""" + "\x1e"));
            }
        };
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async client =>
        {
            await using var peer = await gateway.ConnectAsync(_hub);
            for (var i = 0; i < 20; i++)
            {
                var argument = $"\"{client}-{i}-{new string((char)('a' + client), (client * 100) + i)}\"";
                Assert.Equal(
                    $$"""{"type":3,"invocationId":"{{i}}","result":{{argument}}}""", await peer.InvokeAsync("echo", $"[{argument}]", i.ToString()));
            }
        }));
    }
}
