using System.Text;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;
using Serverless.Protocol;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>The status of each request, and the part of it that the hub received.</summary>
public class StatusTests
{
    private const string Call = """{"type":1,"invocationId":"1","target":"Run","arguments":["x"]}""";
    private static readonly byte[] Connected = """{"type":10}"""u8.ToArray();

    private readonly Script _script = new();

    [Theory]
    [InlineData(null, 415)]
    [InlineData("", 415)]
    [InlineData("text/plain", 415)]
    [InlineData("application/jsonp", 415)]
    [InlineData("application/json", 200)]
    [InlineData("APPLICATION/JSON;charset=utf-8", 200)]
    [InlineData("application/json ; x=y", 200)]
    public async Task The_media_type_must_be_one_of_two(string? contentType, int status)
    {
        await using var host = Host();

        Assert.Equal(status, (await host.SendAsync("casehub", "connections", "connected", Connected, contentType)).Status);
    }

    [Theory]
    [InlineData(UpstreamHeaders.Hub)]
    [InlineData(UpstreamHeaders.Category)]
    [InlineData(UpstreamHeaders.Event)]
    public async Task A_header_that_is_absent_or_empty_is_a_bad_request(string name)
    {
        await using var host = Host();

        foreach (var value in new[] { null, "" })
        {
            var response = await host.InvokeAsync("casehub", "Run", Call, headers => headers[name] = value);
            Assert.Equal(400, response.Status);
            Assert.Contains(name, Text(response), StringComparison.Ordinal);
        }

        Assert.Empty(_script.Calls);
    }

    [Theory]
    [InlineData("other", "messages", "Run", 404)]
    [InlineData("casehub", "messages", "NoSuchMethod", 404)]
    [InlineData("casehub", "messages", "OnConnectedAsync", 404)]
    [InlineData("casehub", "messages", "DisposeAsync", 404)]
    [InlineData("casehub", "messages", "ToString", 404)]
    [InlineData("casehub", "connections", "Run", 404)]
    [InlineData("casehub", "connections", "connect", 404)]
    [InlineData("casehub", "other", "connected", 404)]
    [InlineData("CASEHUB", "MESSAGES", "rUN", 200)]
    public async Task Hub_category_and_event_are_found_without_case(string hub, string category, string eventName, int status)
    {
        await using var host = Host();

        Assert.Equal(status, (await host.SendAsync(hub, category, eventName, Encoding.UTF8.GetBytes(Call))).Status);
    }

    [Fact]
    public async Task A_request_must_be_signed_for_its_connection()
    {
        await using var host = Host();
        var wrong = new[] { null, "", "sha256=00", HubHost.Sign("conn-2"), "sha256=00, " + HubHost.Sign("conn-1") };

        foreach (var signature in wrong)
        {
            var response = await host.InvokeAsync("casehub", "Run", Call, headers => headers[UpstreamHeaders.Signature] = signature);
            Assert.Equal(401, response.Status);
            Assert.DoesNotContain(HubHost.Key, Text(response), StringComparison.Ordinal);
        }

        Assert.Empty(_script.Calls);
        Assert.Single(host.Log.Entries, entry => entry.Level == LogLevel.Warning);

        var signed = await host.InvokeAsync(
            "casehub", "Run", Call, headers => headers[UpstreamHeaders.Signature] = "sha256=00," + HubHost.Sign("conn-1"));
        Assert.Equal(200, signed.Status);
    }

    [Fact]
    public async Task Checks_come_in_the_order_of_the_functions_trigger_behind_the_signature()
    {
        await using var host = Host(options => options.MaxBodyBytes = 200);
        var body = Encoding.UTF8.GetBytes(Call);

        Assert.Equal(413, (await host.SendAsync("", "", "", new byte[201], "text/plain")).Status);
        Assert.Equal(415, (await host.SendAsync("", "", "", body, "text/plain")).Status);
        Assert.Equal(400, (await host.SendAsync("", "messages", "NoSuchMethod", body)).Status);
        Assert.Equal(404, (await host.SendAsync("casehub", "messages", "NoSuchMethod", "garbage"u8.ToArray())).Status);
        Assert.Equal(400, (await host.SendAsync("casehub", "messages", "Run", "garbage"u8.ToArray())).Status);
    }

    [Fact]
    public async Task A_stranger_gets_one_answer_whatever_is_there()
    {
        await using var host = Host();
        var answers = new List<(int, string)>();
        foreach (var (hub, category, eventName, contentType, length) in new (string?, string?, string?, string?, int)[]
        {
            ("casehub", "messages", "Run", "application/json", 10),
            ("casehub", "messages", "NoSuchMethod", "application/json", 10),
            ("other", "messages", "Run", "application/json", 10),
            ("casehub", "connections", "connected", "application/json", 0),
            ("casehub", "other", "connected", "text/plain", 0),
            (null, null, null, null, 0),
            ("casehub", "messages", "Run", "application/json", ServerlessHubsOptions.DefaultMaxBodyBytes + 1),
        })
        {
            foreach (var signature in new[] { null, "sha256=00", HubHost.Sign("conn-2") })
            {
                var response = await host.SendAsync(hub!, category!, eventName!, new byte[length], contentType, headers => headers[UpstreamHeaders.Signature] = signature);
                answers.Add((response.Status, Text(response)));
            }

            var nameless = await host.SendAsync(hub!, category!, eventName!, new byte[length], contentType, headers => headers.Remove(UpstreamHeaders.ConnectionId));
            answers.Add((nameless.Status, Text(nameless)));
        }

        Assert.Equal(401, Assert.Single(answers.Distinct()).Item1);
        Assert.Empty(_script.Calls);
        Assert.DoesNotContain(host.Log.Entries, entry => entry.Text.Contains("casehub", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"type":6}""")]
    [InlineData("""{"type":3,"invocationId":"1","result":1}""")]
    [InlineData("""{"type":1,"invocationId":"1","target":"Run"}""")]
    [InlineData("""{"type":1,"invocationId":"1","arguments":["x"]}""")]
    [InlineData("""{"type":1,"invocationId":"1","target":"RunLong","arguments":["x"]}""")]
    [InlineData("""{"type":1,"invocationId":"1","target":"Run","arguments":["x"]}{}""")]
    [InlineData("""{"type":1,"invocationId":"1","target":"Run","arguments":["x"]""")]
    [InlineData("{\"type\":1,\"invocationId\":\"1\",\"target\":\"Run\",\"arguments\":[\"x\"]}\u001e")]
    public async Task A_body_that_is_no_call_of_that_event_is_a_bad_request(string body)
    {
        await using var host = Host();

        Assert.Equal(400, (await host.InvokeAsync("casehub", "Run", body)).Status);
        Assert.Empty(_script.Calls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("90")]
    [InlineData("9106")]
    [InlineData("C1")]
    [InlineData("960180A131A352756E9101")]
    [InlineData("960180A131A352756EC090")]
    [InlineData("DD7FFFFFFF01")]
    public async Task A_messagepack_body_that_is_no_call_is_a_bad_request(string hex)
    {
        await using var host = Host();

        Assert.Equal(400, (await host.SendAsync(
            "casehub", "messages", "Run", Convert.FromHexString(hex), "application/x-msgpack")).Status);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_too_large_and_one_at_the_limit_is_not()
    {
        await using var host = Host(options => options.MaxBodyBytes = Call.Length);

        Assert.Equal(200, (await host.InvokeAsync("casehub", "Run", Call)).Status);
        Assert.Equal(413, (await host.InvokeAsync("casehub", "Run", Call + " ")).Status);
    }

    [Fact]
    public async Task Connected_is_200_or_403_if_the_hub_threw()
    {
        await using var host = Host();

        var accepted = await host.SendAsync("casehub", "connections", "connected", Connected);
        _script.Next = _ => throw new HubException("not you");
        var refused = await host.SendAsync("casehub", "connections", "connected", Connected);
        _script.Next = _ => throw new InvalidOperationException("secret");
        var failed = await host.SendAsync("casehub", "connections", "connected", Connected);

        Assert.Equal((200, ""), (accepted.Status, Text(accepted)));
        Assert.Equal((403, "not you"), (refused.Status, Text(refused)));
        Assert.Equal((403, "The hub refused the connection."), (failed.Status, Text(failed)));
        Assert.Equal(["Hub casehub failed when connection conn-1 connected. secret"], host.Log.TakeErrors());
        Assert.Equal(400, (await host.SendAsync("casehub", "connections", "connected", """{"type":11}"""u8.ToArray())).Status);
        Assert.Equal(["connected", "connected", "connected"], _script.Calls);
    }

    [Fact]
    public async Task Disconnected_is_always_200_and_tells_why()
    {
        await using var host = Host();

        await host.SendAsync("casehub", "connections", "disconnected", """{"Type":11}"""u8.ToArray());
        _script.Next = _ => throw new InvalidOperationException("secret");
        var response = await host.SendAsync("casehub", "connections", "disconnected", """{"type":11,"error":"gone"}"""u8.ToArray());

        Assert.Equal((200, 0), (response.Status, response.Body.Length));
        Assert.Equal(["disconnected cleanly", "disconnected gone"], _script.Calls);
        Assert.Equal(["Hub casehub failed when connection conn-1 disconnected. secret"], host.Log.TakeErrors());
        Assert.Equal(400, (await host.SendAsync("casehub", "connections", "disconnected", Connected)).Status);
    }

    [Fact]
    public async Task A_hub_exception_reaches_the_caller_as_its_text_and_any_other_stays_here()
    {
        await using var host = Host();

        _script.Next = _ => throw new HubException("not \"so\"", new InvalidOperationException("secret"));
        var told = await host.InvokeAsync("casehub", "Run", Call);
        Assert.Equal(
            "{\"type\":3,\"invocationId\":\"1\",\"error\":\"An unexpected error occurred invoking 'Run' on the server. HubException: not \\\"so\\\"\"}\u001e", Text(told));
        Assert.Single(host.Log.TakeErrors());

        _script.Next = _ => throw new InvalidOperationException("secret");
        var hidden = await host.InvokeAsync("casehub", "Run", Call);
        Assert.Equal(
            "{\"type\":3,\"invocationId\":\"1\",\"error\":\"An unexpected error occurred invoking 'Run' on the server.\"}\u001e", Text(hidden));
        Assert.Equal((200, 200), (told.Status, hidden.Status));
        Assert.Equal(["Failed to invoke hub method 'Run'. secret"], host.Log.TakeErrors());
    }

    [Fact]
    public async Task Each_request_has_a_hub_and_a_scope_of_its_own_and_both_end_with_it()
    {
        await using var host = Host();
        var hubs = new HashSet<CaseHub>();
        _script.Next = hub =>
        {
            hubs.Add(hub);
            Assert.Equal(1, _script.Scopes);
            return Task.FromResult("");
        };

        await host.InvokeAsync("casehub", "Run", Call);
        await host.InvokeAsync("casehub", "Run", Call);
        _script.Next = _ => throw new HubException("no");
        await host.InvokeAsync("casehub", "Run", Call);

        Assert.Equal(2, hubs.Count);
        Assert.Equal(3, _script.Disposed);
        Assert.Equal(0, _script.Scopes);
        Assert.Single(host.Log.TakeErrors());
    }

    [Fact]
    public async Task The_hub_knows_who_called()
    {
        await using var host = Host();
        HubCallerContext? seen = null;
        _script.Next = hub =>
        {
            seen = hub.Context;
            return Task.FromResult("");
        };

        await host.InvokeAsync("casehub", "Run", Call, headers =>
        {
            headers[UpstreamHeaders.UserId] = "u ü";
            headers[UpstreamHeaders.UserClaims] =
                "asrs.s.uid: u ü, role: a, role: b, name: Ann, asrs.u.aud: mine, aud: http://h/client/?hub=cases, exp: 1";
            headers[UpstreamHeaders.ClientQuery] = "?hub=cases&room=a%20b&room=c";
        });

        Assert.NotNull(seen);
        Assert.Equal(("conn-1", "u ü"), (seen.ConnectionId, seen.UserIdentifier));
        Assert.Equal(["role: a", "role: b", "name: Ann", "aud: mine"], seen.User!.Claims.Select(claim => claim.ToString()));
        Assert.True(seen.User.IsInRole("a") && seen.User.IsInRole("b") && !seen.User.IsInRole("c"));
        Assert.Equal("Ann", seen.User.Identity?.Name);
        Assert.True(seen.User.Identity?.IsAuthenticated);
        Assert.Equal("a b,c", seen.GetHttpContext()!.Request.Query["ROOM"].ToString());
    }

    [Fact]
    public async Task An_anonymous_caller_has_no_user_and_no_claims()
    {
        await using var host = Host();
        HubCallerContext? seen = null;
        _script.Next = hub =>
        {
            seen = hub.Context;
            return Task.FromResult("");
        };

        await host.InvokeAsync("casehub", "Run", Call, headers =>
            headers[UpstreamHeaders.UserClaims] = "nbf: 1, exp: 2, iat: 1, iss: azure-signalr, aud: http://h/client/?hub=cases");

        Assert.Null(seen!.UserIdentifier);
        Assert.Empty(seen.User!.Claims);
        Assert.False(seen.User.Identity?.IsAuthenticated);
        Assert.Empty(seen.GetHttpContext()!.Request.Query);
    }

    [Fact]
    public async Task A_call_that_the_gateway_gives_up_ends_and_is_not_answered()
    {
        await using var host = Host();
        using var gone = new CancellationTokenSource();

        var call = host.InvokeAsync(
            "casehub", "RunLong", """{"type":1,"invocationId":"1","target":"RunLong","arguments":["x"]}""", cancellationToken: gone.Token);
        Assert.False(call.IsCompleted);
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal(1, _script.Disposed);
        Assert.Single(host.Log.TakeErrors());
    }

    private static string Text(UpstreamResponse response) => Encoding.UTF8.GetString(response.Body.Span);

    private HubHost Host(Action<ServerlessHubsOptions>? configure = null) => new(
        hubs =>
        {
            hubs.Services.AddSingleton(_script).AddScoped<ScopedThing>();
            hubs.AddHub<CaseHub>();
        },
        configure: configure);
}
