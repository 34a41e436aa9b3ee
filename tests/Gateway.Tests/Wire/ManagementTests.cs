using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire;

/// <summary>The REST API's operations in both forms: statuses, error codes, and who gets what.</summary>
[Collection(SharedGateway.Name)]
public sealed class ManagementTests(GatewayFixture gateway)
{
    private const string Dated = "/api/hubs/{hub}";
    private const string Version1 = "/api/v1/hubs/{hub}";
    private const string Message = """{"target":"m","arguments":[1]}""";
    private const string Received = """{"type":1,"target":"m","arguments":[1]}""";

    private readonly string _hub = GatewayFixture.NewHub();
    private readonly RestCaller _rest = gateway.Rest();

    public static TheoryData<string> Forms => [Dated, Version1];

    // Number in rest-api.md §3, method, path behind the hub, status in version 1, status in the dated form, code of a 404.
    public static TheoryData<string, string, int, int, string?> Present => new()
    {
        { "POST", "", 202, 202, null },
        { "POST", "/:send", 202, 202, null },
        { "POST", "/users/u1", 202, 202, null },
        { "POST", "/users/u1/:send", 202, 202, null },
        { "POST", "/groups/g1", 202, 202, null },
        { "POST", "/groups/g1/:send", 202, 202, null },
        { "POST", "/connections/{c}", 202, 202, null },
        { "POST", "/connections/{c}/:send", 202, 202, null },
        { "HEAD", "/connections/{c}", 200, 200, null },
        { "GET", "/connections/{c}", 200, 200, null },
        { "HEAD", "/groups/g1", 200, 200, null },
        { "GET", "/groups/g1", 200, 200, null },
        { "HEAD", "/users/u1", 200, 200, null },
        { "GET", "/users/u1", 200, 200, null },
        { "PUT", "/groups/g2/connections/{c}", 200, 200, null },
        { "PUT", "/connections/{c}/groups/g2", 200, 200, null },
        { "DELETE", "/groups/g1/connections/{c}", 200, 200, null },
        { "DELETE", "/connections/{c}/groups/g1", 200, 200, null },
        { "DELETE", "/connections/{c}/groups", 200, 200, null },
        { "GET", "/users/u1/groups/g1", 200, 200, null },
        { "HEAD", "/groups/g1/users/u1", 200, 200, null },
        { "PUT", "/users/u1/groups/g2", 202, 200, null },
        { "PUT", "/groups/g2/users/u1?ttl=60", 202, 200, null },
        { "DELETE", "/users/u1/groups/g1", 202, 204, null },
        { "DELETE", "/groups/g1/users/u1", 202, 204, null },
        { "DELETE", "/users/u1/groups", 200, 204, null },
        { "DELETE", "/connections/{c}", 202, 200, null },
        { "POST", "/:closeConnections", 204, 204, null },
        { "POST", "/groups/g1/:closeConnections", 204, 204, null },
        { "POST", "/users/u1/:closeConnections", 204, 204, null },
    };

    public static TheoryData<string, string, int, int, string?> Absent => new()
    {
        { "POST", "", 202, 202, null },
        { "POST", "/users/none/:send", 202, 202, null },
        { "POST", "/groups/none/:send", 202, 202, null },
        { "POST", "/connections/none/:send", 202, 202, null },
        { "HEAD", "/connections/none", 404, 404, "Warning.Connection.NotExisted" },
        { "GET", "/connections/none", 404, 404, "Warning.Connection.NotExisted" },
        { "HEAD", "/groups/none", 404, 404, "Warning.Group.NotExisted" },
        { "HEAD", "/users/none", 404, 404, "Warning.User.NotExisted" },
        { "PUT", "/groups/g/connections/none", 404, 404, "Error.Connection.NotExisted" },
        { "DELETE", "/groups/g/connections/none", 200, 200, null },
        { "DELETE", "/connections/none/groups", 200, 200, null },
        { "GET", "/users/none/groups/g", 404, 404, "Info.User.NotInGroup" },
        { "HEAD", "/groups/g/users/none", 404, 404, "Info.User.NotInGroup" },
        { "DELETE", "/users/none/groups/g", 202, 204, null },
        { "DELETE", "/users/none/groups", 200, 204, null },
        { "DELETE", "/connections/none", 202, 404, "Warning.Connection.NotExisted" },
        { "POST", "/:closeConnections", 204, 204, null },
        { "POST", "/users/none/:closeConnections?reason=x", 204, 204, null },
    };

    [Theory]
    [MemberData(nameof(Present))]
    public async Task Operations_on_what_is_there(string method, string path, int version1, int dated, string? code)
    {
        foreach (var form in (string[])[Dated, Version1])
        {
            var (peer, id) = await gateway.ConnectKnownAsync(_hub, "u1");
            await using var held = peer;
            Assert.Equal(200, await _rest.StatusAsync("PUT", Path(Dated, $"/groups/g1/connections/{id}")));
            await AssertAnswerAsync(form, method, path.Replace("{c}", id, StringComparison.Ordinal), form == Version1 ? version1 : dated, code);
            await _rest.StatusAsync("DELETE", Path(Dated, "/users/u1/groups"));
            await peer.DisposeAsync();
            await gateway.UpstreamOf(_hub).NextAsync("disconnected");
        }
    }

    [Theory]
    [MemberData(nameof(Absent))]
    public async Task Operations_on_what_is_not_there(string method, string path, int version1, int dated, string? code)
    {
        await AssertAnswerAsync(Version1, method, path, version1, code);
        await AssertAnswerAsync(Dated, method, path, dated, code);
        await using var other = await gateway.ConnectAsync(_hub, "somebody");
        await AssertAnswerAsync(Version1, method, path, version1, code);
        await AssertAnswerAsync(Dated, method, path, dated, code);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Sends_reach_exactly_whom_they_name(string form)
    {
        var (a, idA) = await gateway.ConnectKnownAsync(_hub, "u1");
        var (b, idB) = await gateway.ConnectKnownAsync(_hub, "u1");
        var (c, idC) = await gateway.ConnectKnownAsync(_hub, "u2", HubProtocol.MessagePack);
        await _rest.StatusAsync("PUT", Path(form, $"/groups/g/connections/{idA}"));
        await _rest.StatusAsync("PUT", Path(form, $"/groups/g/connections/{idC}"));
        (string Path, HubPeer[] Receivers)[] sends =
        [
            ("", [a, b, c]),
            ($"?excluded={idA}&excluded={idC}&excluded=none", [b]),
            ("/users/u1", [a, b]),
            ("/users/U1", []),
            ("/users/u2", [c]),
            ("/groups/g", [a, c]),
            ($"/groups/g?excluded={idA}", [c]),
            ("/groups/G", []),
            ($"/connections/{idB}", [b]),
        ];
        for (var i = 0; i < sends.Length; i++)
        {
            await _rest.SendMessageAsync(Path(form, sends[i].Path), "m", $"[{i}]");
            foreach (var receiver in sends[i].Receivers)
            {
                Assert.Equal(
                    receiver.Protocol.IsBinary ? $"960180c0a16d910{i}90" : $$"""{"type":1,"target":"m","arguments":[{{i}}]}""", await receiver.NextAsync());
            }
        }

        // Nobody got more: the next thing that each hears is this.
        await _rest.SendMessageAsync(Path(form, ""), "end");
        foreach (var peer in (HubPeer[])[a, b, c])
        {
            Assert.Equal(peer.Protocol.IsBinary ? "960180c0a3656e649090" : """{"type":1,"target":"end","arguments":[]}""", await peer.NextAsync());
            await peer.CloseAsync();
        }
    }

    [Fact]
    public async Task Messages_of_one_sender_arrive_in_order_across_all_kinds_of_target()
    {
        var peers = new List<HubPeer>();
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            var (peer, id) = await gateway.ConnectKnownAsync(_hub, "u");
            peers.Add(peer);
            ids.Add(id);
        }

        await _rest.StatusAsync("PUT", Path(Dated, $"/groups/g/connections/{ids[0]}"));
        string[] paths = ["", "/users/u", "/groups/g", $"/connections/{ids[0]}"];
        for (var i = 0; i < 200; i++)
        {
            await _rest.SendMessageAsync(Path(Version1, paths[i % 4]), "m", $"[{i}]");
        }

        for (var i = 0; i < 200; i++)
        {
            Assert.Equal($$"""{"type":1,"target":"m","arguments":[{{i}}]}""", await peers[0].NextAsync());
        }

        foreach (var peer in peers)
        {
            await peer.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("c/1", "c%2F1")]
    [InlineData("g+1", "g%2B1")]
    [InlineData("u ü/1", "u%20%C3%BC%2F1")]
    [InlineData("..", "%2E%2E")]
    [InlineData("%2F", "%252F")]
    [InlineData(":send", ":send")]
    [InlineData("a?b#c", "a%3Fb%23c")]
    [InlineData("😀", "%F0%9F%98%80")]
    public async Task Names_are_decoded_once_and_never_change_the_path(string name, string encoded)
    {
        await using var peer = (await gateway.ConnectKnownAsync(_hub, name)).Peer;
        Assert.Equal(200, await _rest.StatusAsync("HEAD", Path(Dated, $"/users/{encoded}")));
        Assert.Equal(200, await _rest.StatusAsync("PUT", Path(Dated, $"/users/{encoded}/groups/{encoded}")));
        Assert.Equal(200, await _rest.StatusAsync("GET", Path(Dated, $"/groups/{encoded}")));
        Assert.Equal(404, await _rest.StatusAsync("GET", Path(Dated, $"/groups/{encoded}x")));
        await _rest.SendMessageAsync(Path(Dated, $"/users/{encoded}/:send"), "m", "[1]");
        await _rest.SendMessageAsync(Path(Dated, $"/groups/{encoded}/:send"), "m", "[1]");
        Assert.Equal(Received, await peer.NextAsync());
        Assert.Equal(Received, await peer.NextAsync());
    }

    [Fact]
    public async Task An_application_names_hubs_of_its_own()
    {
        await using var peer = await gateway.ConnectAsync("myapp_" + _hub);
        await _rest.SendMessageAsync($"/api/hubs/{_hub}/:send?api-version=2022-06-01", "no");
        await _rest.SendMessageAsync($"/api/hubs/{_hub}/:send?application=MyApp&api-version=2022-06-01", "m", "[1]");
        await _rest.SendMessageAsync($"/api/hubs/{_hub.ToUpperInvariant()}/:send?application=myapp", "m", "[1]");
        Assert.Equal(Received, await peer.NextAsync());
        Assert.Equal(Received, await peer.NextAsync());
    }

    [Fact]
    public async Task A_user_in_a_group_brings_present_and_future_connections()
    {
        await using var before = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        await using var stranger = (await gateway.ConnectKnownAsync(_hub, "u2")).Peer;
        Assert.Equal(202, await _rest.StatusAsync("PUT", Path(Version1, "/groups/g/users/u1")));
        await using var after = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        await _rest.SendMessageAsync(Path(Dated, "/groups/g/:send"), "m", "[1]");
        Assert.Equal(Received, await before.NextAsync());
        Assert.Equal(Received, await after.NextAsync());

        Assert.Equal(204, await _rest.StatusAsync("DELETE", Path(Dated, "/users/u1/groups/g")));
        Assert.Equal(404, await _rest.StatusAsync("GET", Path(Dated, "/users/u1/groups/g")));
        Assert.Equal(404, await _rest.StatusAsync("HEAD", Path(Dated, "/groups/g")));
        await using var later = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        await _rest.SendMessageAsync(Path(Dated, "/groups/g/:send"), "m", "[1]");
        await _rest.SendMessageAsync(Path(Dated, "/:send"), "end");
        foreach (var peer in (HubPeer[])[before, after, later, stranger])
        {
            Assert.Equal("""{"type":1,"target":"end","arguments":[]}""", await peer.NextAsync());
        }
    }

    [Fact]
    public async Task A_user_may_be_put_into_a_group_before_anyone_has_connected()
    {
        Assert.Equal(200, await _rest.StatusAsync("PUT", Path(Dated, "/users/u1/groups/g")));
        Assert.Equal(200, await _rest.StatusAsync("GET", Path(Dated, "/users/u1/groups/g")));
        Assert.Equal(404, await _rest.StatusAsync("GET", Path(Dated, "/groups/g"))); // nobody is here
        await using var peer = await gateway.ConnectAsync(_hub, "u1"); // connected means: it is in its groups
        await _rest.SendMessageAsync(Path(Dated, "/groups/g/:send"), "m", "[1]");
        Assert.Equal(Received, await peer.NextAsync());
    }

    [Fact]
    public async Task A_time_to_live_of_zero_joins_the_present_connections_only()
    {
        await using var present = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        Assert.Equal(200, await _rest.StatusAsync("PUT", Path(Dated, "/users/u1/groups/g?ttl=0")));
        await using var future = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        await _rest.SendMessageAsync(Path(Dated, "/groups/g/:send"), "m", "[1]");
        await _rest.SendMessageAsync(Path(Dated, "/:send"), "end");
        Assert.Equal(Received, await present.NextAsync());
        Assert.Equal("""{"type":1,"target":"end","arguments":[]}""", await future.NextAsync());
    }

    [Fact]
    public async Task A_membership_ends_with_its_time_also_for_connections_that_have_joined()
    {
        await using var peer = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        Assert.Equal(200, await _rest.StatusAsync("PUT", Path(Dated, "/users/u1/groups/g?ttl=1")));
        Assert.Equal(200, await _rest.StatusAsync("HEAD", Path(Dated, "/groups/g")));
        await Waits.UntilAsync(async () => await _rest.StatusAsync("HEAD", Path(Dated, "/groups/g")) == 404, "the membership ends");
        Assert.Equal(404, await _rest.StatusAsync("GET", Path(Dated, "/users/u1/groups/g")));
    }

    [Fact]
    public async Task Removing_a_user_from_all_groups_takes_its_connections_out_of_every_group()
    {
        await using var peer = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        await using var other = (await gateway.ConnectKnownAsync(_hub, "u2")).Peer;
        await _rest.StatusAsync("PUT", Path(Dated, "/users/u1/groups/g1"));
        await _rest.StatusAsync("PUT", Path(Dated, "/users/u2/groups/g1"));
        await _rest.StatusAsync("PUT", Path(Dated, "/users/u1/groups/g2"));
        Assert.Equal(204, await _rest.StatusAsync("DELETE", Path(Dated, "/users/u1/groups")));
        Assert.Equal(404, await _rest.StatusAsync("HEAD", Path(Dated, "/groups/g2")));
        Assert.Equal(200, await _rest.StatusAsync("HEAD", Path(Dated, "/groups/g1")));
    }

    [Fact]
    public async Task A_connection_that_has_ended_is_in_no_table()
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub, "u1");
        await _rest.StatusAsync("PUT", Path(Dated, $"/groups/g/connections/{id}"));
        await peer.CloseAsync();
        await gateway.UpstreamOf(_hub).NextAsync("disconnected");
        foreach (var path in (string[])[$"/connections/{id}", "/users/u1", "/groups/g"])
        {
            Assert.Equal(404, await _rest.StatusAsync("HEAD", Path(Dated, path)));
        }
    }

    [Theory]
    [InlineData("DELETE", "/connections/{c}?reason=why%20%26%20so", "why & so")]
    [InlineData("DELETE", "/connections/{c}", null)]
    [InlineData("POST", "/users/u1/:closeConnections?reason=r%C3%BC", "rü")]
    [InlineData("POST", "/groups/g/:closeConnections", null)]
    [InlineData("POST", "/:closeConnections?excluded=none", null)]
    public async Task Closing_says_why_and_lets_the_client_come_back(string method, string path, string? error)
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub, "u1");
        await _rest.StatusAsync("PUT", Path(Dated, $"/groups/g/connections/{id}"));
        Assert.InRange(await _rest.StatusAsync(method, Path(Dated, path.Replace("{c}", id, StringComparison.Ordinal))), 200, 204);
        Assert.Equal(
            error is null ? """{"type":7,"allowReconnect":true}""" : $$"""{"type":7,"error":"{{error}}","allowReconnect":true}""", await peer.NextAsync());
        Assert.Equal("close:1000", await peer.NextAsync());
        await peer.DisposeAsync();
        Assert.Equal("""{"type":11}""", (await gateway.UpstreamOf(_hub).NextAsync("disconnected")).Text);
    }

    [Fact]
    public async Task Closing_leaves_the_excluded_alone()
    {
        var (kept, id) = await gateway.ConnectKnownAsync(_hub, "u1");
        var (closed, _) = await gateway.ConnectKnownAsync(_hub, "u1");
        Assert.Equal(204, await _rest.StatusAsync("POST", Path(Dated, $"/:closeConnections?excluded={id}")));
        Assert.Equal(204, await _rest.StatusAsync("POST", Path(Dated, $"/users/u1/:closeConnections?excluded={id}")));
        Assert.StartsWith("""{"type":7""", await closed.NextAsync(), StringComparison.Ordinal);
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await kept.InvokeAsync("x"));
        await kept.DisposeAsync();
        await closed.DisposeAsync();
    }

    [Theory]
    [InlineData("POST", "/api/hubs/{hub}/nothing")]
    [InlineData("POST", "/api/v2/hubs/{hub}")]
    [InlineData("GET", "/api/hubs")]
    [InlineData("GET", "/api/")]
    [InlineData("PUT", "/api/hubs/{hub}/groups//connections/c")]
    [InlineData("POST", "/api/hubs/{hub}/users/u/groups/g/x")]
    public async Task An_unknown_path_is_404_with_a_code_that_no_sdk_takes_for_an_answer(string method, string path)
    {
        var answer = await _rest.SendAsync(method, path.Replace("{hub}", _hub, StringComparison.Ordinal), Message);
        Assert.Equal((404, "Error.Request.NotExisted"), (answer.Status, answer.Code));
        Assert.Contains("/api/hubs/{hub}", answer.Detail("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PATCH", "")]
    [InlineData("DELETE", "")]
    [InlineData("PUT", "/users/u1")]
    [InlineData("POST", "/users/u1/groups/g1")]
    [InlineData("GET", "/:closeConnections")]
    public async Task Another_method_is_405(string method, string path)
    {
        var answer = await _rest.SendAsync(method, Path(Dated, path));
        Assert.Equal((405, "Error.Request.MethodNotAllowed"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("/api/hubs/1hub/:send")]
    [InlineData("/api/hubs/a%2Fb/:send")]
    [InlineData("/api/hubs/{hub}/:send?application=1app")]
    [InlineData("/api/hubs/{hub}/:send?api-version=2001-01-01")]
    [InlineData("/api/hubs/{hub}/groups/%20%20/:send")]
    [InlineData("/api/hubs/{hub}/groups/{long}/:send")]
    [InlineData("/api/hubs/{hub}/users/{long}/:send")]
    public async Task Bad_names_and_versions_are_400_and_say_what_is_wrong(string path)
    {
        var target = path.Replace("{hub}", _hub, StringComparison.Ordinal).Replace("{long}", new string('x', 1025), StringComparison.Ordinal);
        var answer = await _rest.SendAsync("POST", target, Message);
        Assert.Equal((400, "Error.Request.Invalid"), (answer.Status, answer.Code));
        Assert.Equal("application/json; charset=utf-8", answer.ContentType);
        Assert.NotEmpty(answer.Detail("message")!);
        Assert.NotEmpty(answer.Detail("target")!);
    }

    [Theory]
    [InlineData("2022-06-01")]
    [InlineData("2022-11-01")]
    [InlineData("2023-07-01")]
    [InlineData("2024-12-01")]
    [InlineData(null)]
    public async Task Every_published_version_is_taken_and_also_none(string? version) =>
        await _rest.SendMessageAsync($"/api/hubs/{_hub}/:send" + (version is null ? "" : "?api-version=" + version), "m");

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("99999999999")]
    public async Task A_bad_time_to_live_is_400(string ttl) =>
        Assert.Equal(400, await _rest.StatusAsync("PUT", Path(Dated, $"/users/u/groups/g?ttl={ttl}")));

    [Fact]
    public async Task In_version_1_a_400_is_plain_text()
    {
        var answer = await _rest.SendAsync("POST", Path(Version1, ""), "x");
        Assert.Equal((400, "Error.Request.Invalid", "text/plain; charset=utf-8"), (answer.Status, answer.Code, answer.ContentType));
    }

    public static TheoryData<string, string> RefusedTokens => new()
    {
        { "garbage", "malformed" },
        { "wrong key", "not signed with an access key" },
        { "expired", "expired" },
        { "client audience", "another audience" },
        { "other path", "another audience" },
        { "other host", "another audience" },
        { "base only", "another audience" },
    };

    [Theory]
    [MemberData(nameof(RefusedTokens))]
    public async Task A_bad_token_is_401_and_says_why(string kind, string reason)
    {
        var path = Path(Dated, "/:send");
        var token = kind switch
        {
            "garbage" => "x",
            "wrong key" => RestCaller.Token(path, "another-key-of-the-wire-tests-01234567890"),
            "expired" => RestCaller.Token(path, lifetime: TimeSpan.FromSeconds(-5)),
            "client audience" => GatewayFixture.ClientToken(_hub),
            "other path" => RestCaller.Token(Path(Dated, "/users/u1/:send")),
            "other host" => RestCaller.Token(path, audience: "http://example.com" + path),
            _ => RestCaller.Token(path, audience: "http://127.0.0.1/"),
        };
        var answer = await _rest.SendAsync("POST", path, Message, token);
        Assert.Equal((401, "Error.Request.Unauthorized"), (answer.Status, answer.Code));
        Assert.Contains(reason, answer.Detail("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_token_at_all_is_401()
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync($"HEAD {Path(Dated, "/users/u1")} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");
        var response = await connection.ReadResponseAsync(isHead: true);
        Assert.Equal((401, "Error.Request.Unauthorized", "Bearer"), (response.Status, response.Header("x-ms-error-code"), response.Header("WWW-Authenticate")));
    }

    [Fact]
    public async Task Every_form_of_a_good_token_is_let_in()
    {
        var path = Path(Dated, "/users/a%2Fb/:send");
        foreach (var audience in (string[])
            [$"http://127.0.0.1{path}", $"http://127.0.0.1{path}/", $"http://127.0.0.1:{gateway.Port}{path}", $"https://127.0.0.1{path}",
             $"http://127.0.0.1{path}?api-version=2022-06-01", $"http://127.0.0.1{path}?application=x&api-version=2022-06-01",
             $"http://127.0.0.1{Path(Dated, "/users/a%2fb/%3Asend")}"])
        {
            Assert.Equal(202, (await _rest.SendAsync("POST", path + "?api-version=2022-06-01&excluded=x", Message, RestCaller.Token(path, audience: audience))).Status);
        }

        Assert.Equal(202, (await _rest.SendAsync("POST", path, Message, RestCaller.Token(path, GatewayFixture.SecondaryKey))).Status);
        Assert.Equal(202, (await _rest.SendAsync(
            "POST", Path(Version1, "/users/u1"), Message, RestCaller.Token("", audience: "http://127.0.0.1" + Path(Version1, "")))).Status);
    }

    private string Path(string form, string path)
    {
        var query = path.IndexOf('?', StringComparison.Ordinal) is var at and >= 0 ? path[at..] : "";
        path = path[..^query.Length];
        return form.Replace("{hub}", _hub, StringComparison.Ordinal) + path + query;
    }

    private async Task AssertAnswerAsync(string form, string method, string path, int status, string? code)
    {
        var answer = await _rest.SendAsync(method, Path(form, path), method == "POST" && !path.Contains(":close", StringComparison.Ordinal) ? Message : null);
        Assert.Equal((form, status, status == 404 ? code : null), (form, answer.Status, answer.Code));
        if (status == 404 && method != "HEAD")
        {
            Assert.Equal(code, answer.Detail("code"));
        }
        else
        {
            var isBare = form == Version1 || method is "GET" or "HEAD" || status is 204 or 404;
            Assert.Equal(!isBare, answer.Body.Contains("\"isSuccess\":true", StringComparison.Ordinal));
            Assert.Equal(isBare, answer.Body.Length == 0);
        }
    }
}
