using System.Net;
using System.Text.Json.Nodes;
using Serverless.Functions.Tests.App;

namespace Serverless.Functions.Tests.HubFunctions;

/// <summary>The functions that hubs add to an app, in a real worker process.</summary>
public abstract class HubFunctionsTests(WorkerApp app)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly UpstreamCaller _caller = new(app.Client, "conn-1", "Ann") { Hub = "mirrorhub" };

    [Fact]
    public void The_host_is_given_a_function_for_each_method_and_the_general_ones()
    {
        var routes = app.Host.Functions.Where(function => function.Http is not null).ToDictionary(function => function.Name, function => function.Http!.Route);

        Assert.Equal("mirrorhub/negotiate", routes["mirrorhub-negotiate"]);
        Assert.Equal("upstream/mirrorhub/connections/connected", routes["mirrorhub-connected"]);
        Assert.Equal("upstream/mirrorhub/messages/Reflect", routes["mirrorhub-Reflect"]);
        Assert.Equal("upstream/{hub}/{category}/{event}", routes["upstream"]);
        Assert.DoesNotContain("membershub-Whoami", routes.Keys); // turned off in that app
        Assert.Empty(app.Host.Errors);
    }

    [Theory]
    [InlineData("é")]
    [InlineData("日本")]
    [InlineData("🙂 and more")]
    [InlineData("two words")]
    [InlineData(" around ")]
    [InlineData("50%")]
    [InlineData("50%41")]
    [InlineData("é 50%41")]
    public async Task Names_of_any_characters_reach_the_hub(string text)
    {
        var caller = new UpstreamCaller(app.Client, "conn-2", text)
        {
            Hub = "mirrorhub",
            Claims = [("colour", text.Trim()), ("kind", "plain")],
            Query = "q=" + Uri.EscapeDataString(text),
        };

        var seen = Result(await caller.InvokeAsync("Reflect"));

        Assert.Equal(text, (string?)seen["user"]);
        Assert.Equal([$"colour={text.Trim()}", "kind=plain"], seen["claims"]!.AsArray().Select(claim => (string?)claim));
        Assert.Equal(text, (string?)seen["query"]);
    }

    [Fact]
    public async Task A_method_whose_name_has_no_literal_route_is_called_by_the_general_one() =>
        Assert.Equal("named", (string?)Result(await _caller.InvokeAsync("日本 🙂 50%41")));

    [Fact]
    public async Task The_route_must_name_the_event_of_the_headers()
    {
        // …/messages/Reflect, with the headers of Fail
        var crossed = new UpstreamCaller(app.Client, "conn-3", "Ann") { Hub = "mirrorhub", Path = "/api/upstream/mirrorhub/messages/Reflect?/" };

        var answer = await crossed.InvokeAsync("Fail");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("does not match the header X-ASRS-Event", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_of_the_hub_is_its_completion_and_not_a_failure_of_the_function()
    {
        var answer = await _caller.InvokeAsync("Fail");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains("HubException: It fails by intent.", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_of_the_app_s_own_passes_requests_to_the_hubs()
    {
        var caller = new UpstreamCaller(app.Client, "conn-4", "Ann") { Hub = "mirrorhub", Path = "/api/own" };

        Assert.Equal("Ann", (string?)Result(await caller.InvokeAsync("Reflect"))["user"]);
        Assert.Equal(HttpStatusCode.NotFound, (await caller.InvokeAsync("Nothing")).Status);
    }

    [Fact]
    public async Task A_function_that_needs_a_key_takes_it_from_the_template_s_address()
    {
        var claims = new[] { ("role", "member") };
        var without = new UpstreamCaller(app.Client, "conn-5", "Ann") { Hub = "membershub", Path = "/api/keyed", Claims = claims };
        var with = new UpstreamCaller(app.Client, "conn-5", "Ann")
        {
            Hub = "membershub",
            Path = "/api/keyed",
            PathQuery = $"?code={Uri.EscapeDataString(app.Host.HostKey)}",
            Claims = claims,
        };

        Assert.Equal(HttpStatusCode.Unauthorized, (await without.InvokeAsync("Whoami")).Status);
        Assert.Equal("Ann", (string?)Result(await with.InvokeAsync("Whoami")));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("Ann guest", HttpStatusCode.Forbidden)]
    [InlineData("Ann member", HttpStatusCode.OK)]
    public async Task Negotiate_asks_the_app_s_authentication_and_the_hub_s_attributes(string? user, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/membershub/negotiate?negotiateVersion=1&room=7");
        if (user is not null)
        {
            request.Headers.Add("X-Test-User", user);
        }

        using var answer = await app.Client.SendAsync(request);

        Assert.Equal(status, answer.StatusCode);
        if (status == HttpStatusCode.OK)
        {
            var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            Assert.Equal("http://127.0.0.1:9/client/?hub=membershub&room=7&asrs.op=%2Fapi%2Fmembershub", (string?)body["url"]);
            var payload = ((string)body["accessToken"]!).Split('.')[1].Replace('-', '+').Replace('_', '/');
            var claims = JsonNode.Parse(Convert.FromBase64String(payload.PadRight((payload.Length + 3) / 4 * 4, '=')))!;
            Assert.Equal("Ann", (string?)claims["asrs.s.uid"]);
        }
    }

    [Fact]
    public async Task A_request_that_is_aborted_cancels_the_hub_s_method()
    {
        var entry = Guid.NewGuid().ToString();
        using var abort = new CancellationTokenSource();
        var call = _caller.StreamAsync("Count", [entry], abort.Token);
        await WaitUntilAsync(entry, "started");

        await abort.CancelAsync();

        try
        {
            (await call).Dispose(); // where the first item has been sent
        }
        catch (OperationCanceledException)
        {
            // The response had not begun.
        }

        await WaitUntilAsync(entry, "cancelled");
    }

    private protected async Task<List<string>> ReadStreamAsync(string entry, bool isReleasedAfterTheFirst)
    {
        var call = _caller.StreamAsync("Count", [entry], CancellationToken.None);
        await WaitUntilAsync(entry, "started");
        if (!isReleasedAfterTheFirst)
        {
            await ReleaseAsync(entry);
        }

        using var answer = await call.WaitAsync(Limit);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await using var body = await answer.Content.ReadAsStreamAsync();
        using var reader = new StreamReader(body);
        var text = "";
        var buffer = new char[256];
        for (int length; (length = await reader.ReadAsync(buffer).AsTask().WaitAsync(Limit)) > 0;)
        {
            text += new string(buffer, 0, length);
            if (isReleasedAfterTheFirst && text.Contains('\x1e', StringComparison.Ordinal))
            {
                Assert.Equal("""{"type":2,"invocationId":"1","item":1}""" + '\x1e', text);
                isReleasedAfterTheFirst = false;
                await ReleaseAsync(entry);
            }
        }

        return [.. text.Split('\x1e', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static JsonNode Result(UpstreamCaller.Answer answer)
    {
        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer.Status} {answer.Text}");
        var completion = JsonNode.Parse(answer.Text.TrimEnd('\x1e'))!;
        Assert.Null((string?)completion["error"]);
        return completion["result"]!;
    }

    private async Task ReleaseAsync(string entry)
    {
        using var answer = await app.Client.PostAsync($"/api/release/{entry}", null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private async Task WaitUntilAsync(string entry, string expected)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await app.Client.GetStringAsync($"/api/journal/{entry}", limit.Token) != expected)
        {
            await poll.WaitForNextTickAsync(limit.Token);
        }
    }
}

/// <inheritdoc/>
public sealed class ForwardedHubFunctionsTests(ForwardedWorker app) : HubFunctionsTests(app), IClassFixture<ForwardedWorker>
{
    [Fact]
    public async Task A_stream_is_sent_as_it_comes() => Assert.Equal(
        [
            """{"type":2,"invocationId":"1","item":1}""",
            """{"type":2,"invocationId":"1","item":2}""",
            """{"type":3,"invocationId":"1"}""",
        ],
        await ReadStreamAsync(Guid.NewGuid().ToString(), isReleasedAfterTheFirst: true));
}

/// <inheritdoc/>
public sealed class BuiltInHubFunctionsTests(BuiltInWorker app) : HubFunctionsTests(app), IClassFixture<BuiltInWorker>
{
    [Fact]
    public async Task A_stream_is_sent_when_it_has_ended() => Assert.Equal(
        [
            """{"type":2,"invocationId":"1","item":1}""",
            """{"type":2,"invocationId":"1","item":2}""",
            """{"type":3,"invocationId":"1"}""",
        ],
        await ReadStreamAsync(Guid.NewGuid().ToString(), isReleasedAfterTheFirst: false));
}
