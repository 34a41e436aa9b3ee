using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Observing;

/// <summary>A gateway with templates that each fail in a different way.</summary>
public sealed class FailingUpstreams : MeteredGateway
{
    protected override void Configure(Dictionary<string, string?> environment)
    {
        base.Configure(environment);
        ArgumentNullException.ThrowIfNull(environment);
        var nowhere = "http://127.0.0.1:1/{event}?code=function-key";
        (string Key, string Value)[] templates =
        [
            ("0__UrlTemplate", nowhere), ("0__EventPattern", "unreachable"), ("0__CategoryPattern", "messages"),
            ("1__UrlTemplate", nowhere), ("1__EventPattern", "broken"), ("1__CategoryPattern", "messages"),
            ("1__Retry__Attempts", "2"), ("1__Retry__Delay", "00:00:00.001"), ("1__Retry__TimeLimit", "00:00:00.500"),
            ("1__Retry__BreakAfter", "1"), ("1__Retry__BreakTime", "00:01:00"),
            ("2__UrlTemplate", Upstream.Template), ("2__EventPattern", "*"), ("2__HubPattern", "answers,refuses"),
            ("3__UrlTemplate", "http://{event}:80/"), ("3__EventPattern", "no.%url"),
        ];
        foreach (var (key, value) in templates)
        {
            environment[$"UpstreamSettings__Templates__{key}"] = value;
        }

        environment["Gateway__Upstream__Timeout"] = "00:00:01";
    }
}

/// <summary>The live trace and a counter give the reason why a message reached no upstream or no client.</summary>
public sealed class WhyTests(FailingUpstreams gateway) : IClassFixture<FailingUpstreams>
{
    [Theory]
    [InlineData("unreachable", "unreachable", "UpstreamFailed", 0)]
    [InlineData("nothing", "no_template", "UpstreamNotCalled", 0)]
    [InlineData("401", "unauthorized", "UpstreamAnswered", 401)]
    [InlineData("403", "forbidden", "UpstreamAnswered", 403)]
    [InlineData("404", "not_found", "UpstreamAnswered", 404)]
    [InlineData("415", "client_error", "UpstreamAnswered", 415)]
    [InlineData("302", "redirected", "UpstreamAnswered", 302)]
    [InlineData("500", "server_error", "UpstreamAnswered", 500)]
    [InlineData("late", "timeout", "UpstreamFailed", 0)]
    [InlineData("no.%url", "bad_url", "UpstreamNotCalled", 0)]
    public async Task A_message_that_no_upstream_takes_is_counted_and_shown_with_the_reason(string target, string reason, string name, int status)
    {
        var hub = target.Length == 3 || target == "late" ? "answers" : GatewayFixture.NewHub();
        gateway.UpstreamOf("answers").Answer = async (request, context) =>
        {
            if (request.Event == "late")
            {
                await Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted);
            }
            else if (int.TryParse(request.Event, out var code))
            {
                context.Response.StatusCode = code;
            }
        };
        var before = (await gateway.ScrapeAsync()).Sum("serverless_events_undelivered_total", ("category", "messages"), ("reason", reason));
        await using var watcher = await Watcher.StartAsync(gateway.Address, $$"""{"hub":"{{hub}}","categories":["HttpRequests"]}""");
        await using var peer = await gateway.ConnectAsync(hub);
        Assert.Contains("\"error\":", await peer.InvokeAsync(target), StringComparison.Ordinal);
        var shown = await watcher.UntilAsync(name, one => Text(one, "target") == target);
        Assert.Equal((reason, status), (Text(shown, "reason"), shown.TryGetProperty("status", out var got) ? got.GetInt32() : 0));
        Assert.Equal("Warning", Text(shown, "level"));
        Assert.DoesNotContain("function-key", watcher.Text, StringComparison.Ordinal);
        await gateway.ScrapeUntilAsync(
            now => now.Sum("serverless_events_undelivered_total", ("category", "messages"), ("reason", reason)) == before + 1, $"one more {reason}");
    }

    [Fact]
    public async Task A_redirect_to_another_host_is_shown_with_both_hosts()
    {
        gateway.UpstreamOf("answers").Answer = (request, context) =>
        {
            context.Response.StatusCode = request.Event == "moved" ? 307 : 200;
            context.Response.Headers.Location = "http://other.example/secret?code=secret";
            return Task.CompletedTask;
        };
        await using var watcher = await Watcher.StartAsync(gateway.Address, """{"hub":"answers","categories":["HttpRequests"]}""");
        await using var peer = await gateway.ConnectAsync("answers");
        await peer.InvokeAsync("moved");
        var shown = await watcher.UntilAsync("UpstreamAnswered", one => Text(one, "target") == "moved");
        Assert.Equal("redirected", Text(shown, "reason"));
        Assert.StartsWith(
            $"The upstream answered 307. {gateway.Upstream.Address} redirects to http://other.example:80, and ", Text(shown, "message"), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", watcher.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_matching_template_each_is_told_with_the_pattern_that_does_not_match()
    {
        var hub = GatewayFixture.NewHub();
        await using var watcher = await Watcher.StartAsync(gateway.Address, $$"""{"hub":"{{hub}}"}""");
        await using var peer = await gateway.ConnectAsync(hub);
        await peer.InvokeAsync("send");
        var message = Text(await watcher.UntilAsync("UpstreamNotCalled", one => Text(one, "target") == "send"), "message");
        Assert.Equal(
            "No template matches. Template 0: Its EventPattern 'unreachable' does not match 'send'. Template 1: Its EventPattern 'broken' does not match 'send'. "
            + $"Template 2: Its HubPattern 'answers,refuses' does not match '{hub}'. Template 3: Its EventPattern 'no.%url' does not match 'send'.",
            message);
    }

    [Fact]
    public async Task The_log_says_whether_no_template_matched_or_which_one_made_no_url()
    {
        var hub = GatewayFixture.NewHub();
        await using var peer = await gateway.ConnectAsync(hub);
        await peer.InvokeAsync("nothing");
        await peer.InvokeAsync("no.%url", id: "2");
        foreach (var (method, why) in new[] { ("nothing", "no template matches it"), ("no.%url", "template 3 (") })
        {
            var line = $"An event of hub {hub}, messages/{method}, was not sent: {why}";
            await Waits.UntilAsync(() => gateway.Server.Log.Contains(line, StringComparison.Ordinal), $"the log says '{line}'");
        }
    }

    [Fact]
    public async Task An_open_circuit_is_the_reason_where_there_is_one_and_the_admin_call_says_so()
    {
        var hub = GatewayFixture.NewHub();
        await using var watcher = await Watcher.StartAsync(gateway.Address, $$"""{"hub":"{{hub}}"}""");
        await using var peer = await gateway.ConnectAsync(hub);
        await peer.InvokeAsync("broken");
        await peer.InvokeAsync("broken", id: "2");
        Assert.Equal("circuit_open", Text(await watcher.UntilAsync("UpstreamNotCalled", one => Text(one, "target") == "broken"), "reason"));
        using var answer = JsonDocument.Parse((await gateway.Rest().SendAsync("GET", $"/admin/upstream?hub={hub}&category=messages&event=broken")).Body);
        Assert.Equal(("circuit_open", true), (answer.RootElement.GetProperty("reason").GetString(), answer.RootElement.GetProperty("circuitOpen").GetBoolean()));
    }

    [Fact]
    public async Task Messages_of_a_connection_that_its_upstream_refused_are_counted_too()
    {
        // A hub that matches the template and that no other test uses.
        var upstream = gateway.UpstreamOf("refuses");
        upstream.Answer = async (request, context) =>
        {
            if (request.Event == "connected")
            {
                await upstream.Gate;
                context.Response.StatusCode = 401;
            }
        };
        await using var watcher = await Watcher.StartAsync(gateway.Address, """{"hub":"refuses"}""");
        await using var peer = await gateway.ConnectAsync("refuses");
        await peer.SendAsync("""{"type":1,"target":"m","arguments":[]}""");
        await watcher.UntilAsync("MessageReceived");
        upstream.LetGo();
        Assert.Equal("connection_refused", Text(await watcher.UntilAsync("MessageNotForwarded"), "reason"));
    }

    [Theory]
    [InlineData("too_large", "WebSockets")]
    [InlineData("malformed", "WebSockets")]
    [InlineData("too_large", "LongPolling")]
    [InlineData("malformed", "LongPolling")]
    public async Task What_is_refused_before_it_is_a_message_is_counted_and_shown_too(string reason, string transport)
    {
        var hub = GatewayFixture.NewHub();
        var message = reason == "malformed" ? "{\"type\":1,\"target\":" : $$"""{"type":1,"target":"m","arguments":["{{new string('x', 1024 * 1024)}}"]}""";
        var before = (await gateway.ScrapeAsync()).Sum("serverless_events_undelivered_total", ("category", "messages"), ("reason", reason));
        await using var watcher = await Watcher.StartAsync(gateway.Address, $$"""{"hub":"{{hub}}"}""");
        if (transport == "WebSockets")
        {
            await using var peer = await gateway.ConnectAsync(hub);
            await peer.SendAsync(message);
            Assert.Equal(reason, Text(await watcher.UntilAsync("MessageNotForwarded"), "reason"));
        }
        else
        {
            using var peer = await HttpClientPeer.PollingAsync(gateway, hub);
            using var answer = await peer.PostAsync(message + "\u001e");
            Assert.Equal(reason, Text(await watcher.UntilAsync("MessageNotForwarded"), "reason"));
        }

        await gateway.ScrapeUntilAsync(
            now => now.Sum("serverless_events_undelivered_total", ("category", "messages"), ("reason", reason)) == before + 1, $"one more {reason}");
    }

    [Fact]
    public async Task A_call_of_a_client_that_is_not_there_is_shown_too()
    {
        var hub = GatewayFixture.NewHub();
        await using var watcher = await Watcher.StartAsync(gateway.Address, $$"""{"hub":"{{hub}}"}""");
        var answer = await gateway.Rest().SendAsync("POST", $"/api/hubs/{hub}/connections/nobody/:invoke?api-version=2024-12-01", """{"target":"ask","arguments":[]}""");
        Assert.Equal(404, answer.Status);
        var shown = await watcher.UntilAsync("MessageUndelivered");
        Assert.Equal(("connection_not_found", "ask"), (Text(shown, "reason"), Text(shown, "target")));
    }

    [Theory]
    [InlineData("/:send", "hub", "hub_empty")]
    [InlineData("/groups/g/:send", "group", "group_empty")]
    [InlineData("/users/ann/:send", "user", "user_not_connected")]
    [InlineData("/connections/nobody/:send", "connection", "connection_not_found")]
    public async Task A_send_that_reaches_nobody_is_counted_and_shown_with_the_reason(string path, string target, string reason)
    {
        var hub = GatewayFixture.NewHub();
        var before = (await gateway.ScrapeAsync()).Sum("serverless_messages_undelivered_total", ("target", target), ("reason", reason));
        await using var watcher = await Watcher.StartAsync(gateway.Address, $$"""{"hub":"{{hub}}"}""");
        await gateway.Rest().SendMessageAsync($"/api/hubs/{hub}{path}", "m");
        Assert.Equal(reason, Text(await watcher.UntilAsync("MessageUndelivered"), "reason"));
        await gateway.ScrapeUntilAsync(
            now => now.Sum("serverless_messages_undelivered_total", ("target", target), ("reason", reason)) == before + 1, $"one more {reason}");
    }

    [Fact]
    public async Task A_send_whose_receivers_are_all_excluded_or_speak_another_protocol_reaches_nobody()
    {
        var hub = GatewayFixture.NewHub();
        await using var watcher = await Watcher.StartAsync(gateway.Address, $$"""{"hub":"{{hub}}"}""");
        await using var peer = await gateway.ConnectAsync(hub);
        var id = Text(await watcher.UntilAsync("ConnectionConnected"), "connectionId");
        await gateway.Rest().SendMessageAsync($"/api/hubs/{hub}/:send?excluded={id}", "m");
        Assert.Equal("excluded", Text(await watcher.UntilAsync("MessageUndelivered"), "reason"));

        // {"messagepack": a framed invocation} alone, as no SDK sends it but any caller may.
        using var encoded = RestCaller.Content(
            Convert.FromHexString("81" + "AB6D6573736167657061636B" + "C40E" + "0D960180C0A67461726765749090"), "application/octet-stream");
        var answer = await gateway.Rest().SendAsync("POST", $"/api/hubs/{hub}/:send", encoded);
        Assert.True(answer.Status == 202, answer.Body);
        await watcher.UntilAsync("MessageUndelivered", one => Text(one, "reason") == "no_form");
    }

    [Fact]
    public async Task The_admin_call_says_where_an_event_would_go_and_for_each_template_why()
    {
        var rest = gateway.Rest();
        using var taken = JsonDocument.Parse((await rest.SendAsync("GET", "/admin/upstream?hub=Answers&category=messages&event=send")).Body);
        Assert.Equal(2, taken.RootElement.GetProperty("template").GetInt32());
        Assert.Equal(gateway.Upstream.Address + "/up/answers/messages/send", Text(taken.RootElement, "url"));
        Assert.Equal([false, false, true, false], taken.RootElement.GetProperty("templates").EnumerateArray().Select(one => one.GetProperty("matches").GetBoolean()));

        using var secret = JsonDocument.Parse((await rest.SendAsync("GET", "/admin/upstream?hub=answers&category=messages&event=unreachable")).Body);
        Assert.Equal("http://127.0.0.1:1/unreachable?code=***", Text(secret.RootElement, "url"));
        Assert.Equal("It matches too, but template 0 comes first.", Text(secret.RootElement.GetProperty("templates")[2], "why"));

        using var none = JsonDocument.Parse((await rest.SendAsync("GET", "/admin/upstream?hub=chat&category=connections&event=connected")).Body);
        Assert.Equal((JsonValueKind.Null, "no_template"), (none.RootElement.GetProperty("template").ValueKind, Text(none.RootElement, "reason")));

        foreach (var (query, wrong) in new[] { ("category=messages&event=m", "hub"), ("hub=chat&category=x&event=m", "category"), ("hub=chat&category=messages", "event") })
        {
            var refused = await rest.SendAsync("GET", $"/admin/upstream?{query}");
            Assert.Equal((400, wrong), (refused.Status, refused.Detail("target")));
        }

        Assert.Equal(401, (await rest.SendAsync("GET", "/admin/upstream?hub=chat&category=messages&event=m", token: "x")).Status);
    }

    private static string? Text(JsonElement traced, string name) => traced.TryGetProperty(name, out var value) ? value.GetString() : null;
}
