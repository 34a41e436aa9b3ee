using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Management;

/// <summary>The REST API's operations in both forms: statuses, error codes, and receivers.</summary>
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

    // Number in docs/contract/rest-api.md#operations, method, path after the hub, status in version 1, status in the dated form, code of a 404.
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

        // No client has received more: the next message of each is this one.
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
