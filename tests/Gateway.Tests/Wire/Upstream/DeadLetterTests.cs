using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Upstream;

/// <summary>Events whose delivery failed finally, in the admin API.</summary>
public sealed class DeadLetterTests(RetryingGateway gateway) : IClassFixture<RetryingGateway>
{
    private readonly string _hub = GatewayFixture.NewHub();
    private volatile bool _fails = true;

    private UpstreamHub Upstream => gateway.UpstreamOf(_hub);

    [Fact]
    public async Task A_dead_letter_is_listed_shown_replayed_as_the_same_event_and_then_gone()
    {
        var rest = gateway.Rest();
        await using var peer = await FailAsync(_hub, ["x"]);
        var original = await Upstream.NextAsync("x");
        var (letter, _) = await OneAsync(rest);
        Assert.Equal((original.Header("X-Gateway-Event-Id"), "x", "status code 500", 3), (
            letter.GetProperty("eventId").GetString(), letter.GetProperty("event").GetString(), letter.GetProperty("reason").GetString(),
            letter.GetProperty("attempts").GetInt32()));
        var address = $"/admin/dead-letters/{letter.GetProperty("id").GetString()}";
        using var whole = JsonDocument.Parse((await rest.SendAsync("GET", address)).Body);
        Assert.Equal(original.Body, whole.RootElement.GetProperty("body").GetBytesFromBase64());

        // The delivery still fails: the letter is kept, with one more attempt.
        var refused = await rest.SendAsync("POST", address + "/:replay");
        Assert.Equal((502, "Error.DeadLetter.NotTaken"), (refused.Status, refused.Code));
        Assert.Equal(4, (await OneAsync(rest)).Letter.GetProperty("attempts").GetInt32());
        _fails = false;
        Assert.Equal(204, await rest.StatusAsync("POST", address + "/:replay"));
        var requests = new List<UpstreamRequest>();
        while (Upstream.Waiting > 0)
        {
            requests.Add(await Upstream.NextAsync("x"));
        }

        Assert.Equal(["2", "3", "4", "5"], requests.Select(request => request.Header("X-Gateway-Event-Attempt")));
        Assert.All(requests, request => Assert.Equal(
            (original.Text, original.ConnectionId, original.Header("X-Gateway-Event-Id"), original.Header("X-ASRS-Signature")),
            (request.Text, request.ConnectionId, request.Header("X-Gateway-Event-Id"), request.Header("X-ASRS-Signature"))));
        Assert.Equal((404, 404, 404), (
            await rest.StatusAsync("GET", address), await rest.StatusAsync("POST", address + "/:replay"), await rest.StatusAsync("DELETE", address)));
    }

    [Fact]
    public async Task All_letters_of_a_hub_are_replayed_in_order_up_to_the_first_that_fails()
    {
        var rest = gateway.Rest();
        await using var peer = await FailAsync(_hub, ["a", "b", "c"]);
        Drain();
        Upstream.Answer = (request, context) =>
        {
            context.Response.StatusCode = request.Event == "b" && _fails ? 500 : 200;
            return Task.CompletedTask;
        };
        var target = $"/admin/dead-letters/:replay?hub={_hub}";
        using var first = JsonDocument.Parse((await rest.SendAsync("POST", target)).Body);
        Assert.Equal((1, "b"), (first.RootElement.GetProperty("replayed").GetInt32(), first.RootElement.GetProperty("stoppedAt").GetProperty("event").GetString()));
        _fails = false;
        Assert.Equal("""{"replayed":0}""", (await rest.SendAsync("POST", target + "&template=1")).Body);
        Assert.Equal("""{"replayed":2}""", (await rest.SendAsync("POST", target + "&template=0")).Body);
        foreach (var name in (string[])["a", "b", "b", "c"])
        {
            await Upstream.NextAsync(name);
        }

        Assert.Equal(0, Upstream.Waiting);
        Assert.Equal("""{"value":[]}""", (await rest.SendAsync("GET", $"/admin/dead-letters?hub={_hub}")).Body);
    }

    [Fact]
    public async Task Letters_are_paged_deleted_and_only_for_who_may()
    {
        var rest = gateway.Rest();
        await using var peer = await FailAsync(_hub, ["a", "b"]);
        var target = $"/admin/dead-letters?hub={_hub}&maxpagesize=1";
        using var first = JsonDocument.Parse((await rest.SendAsync("GET", target)).Body);
        Assert.Equal("a", first.RootElement.GetProperty("value").EnumerateArray().Single().GetProperty("event").GetString());
        using var second = JsonDocument.Parse((await rest.SendAsync("GET", new Uri(first.RootElement.GetProperty("nextLink").GetString()!).PathAndQuery)).Body);
        Assert.False(second.RootElement.TryGetProperty("nextLink", out _));
        var letter = second.RootElement.GetProperty("value").EnumerateArray().Single();
        Assert.Equal("b", letter.GetProperty("event").GetString());
        var address = $"/admin/dead-letters/{letter.GetProperty("id").GetString()}";
        Assert.Equal(401, (await rest.SendAsync("DELETE", address, null as string, RestCaller.Token("/admin/dead-letters"))).Status);
        Assert.Equal(204, await rest.StatusAsync("DELETE", address));
        Assert.Equal("a", (await OneAsync(rest)).Letter.GetProperty("event").GetString());
        Assert.Equal(400, await rest.StatusAsync("GET", "/admin/dead-letters?maxpagesize=0"));
        Assert.Equal(400, await rest.StatusAsync("GET", "/admin/dead-letters?continuationToken=x"));
        Assert.Equal(400, await rest.StatusAsync("POST", "/admin/dead-letters/:replay"));
    }

    [Fact]
    public async Task All_letters_of_a_hub_are_deleted_and_no_other_hubs()
    {
        var rest = gateway.Rest();
        var other = GatewayFixture.NewHub();
        await using var peer = await FailAsync(_hub, ["a", "b", "c"]);
        await using var stranger = await FailAsync(other, ["d"]);
        var target = $"/admin/dead-letters?hub={_hub}";
        Assert.Equal(400, await rest.StatusAsync("DELETE", "/admin/dead-letters"));
        Assert.Equal(400, await rest.StatusAsync("DELETE", target + "&template=x"));
        Assert.Equal(401, (await rest.SendAsync("DELETE", target, null as string, RestCaller.Token("/api/hubs/chat/:send"))).Status);
        Assert.Equal("""{"deleted":0}""", (await rest.SendAsync("DELETE", target + "&template=1")).Body);
        Assert.Equal("""{"deleted":3}""", (await rest.SendAsync("DELETE", target)).Body);
        Assert.Equal("""{"value":[]}""", (await rest.SendAsync("GET", target)).Body);
        Assert.Equal(["d"], await EventsAsync(rest, $"hub={other}"));
    }

    [Fact]
    public async Task Letters_are_sorted_and_searched_page_by_page()
    {
        var rest = gateway.Rest();
        await using var peer = await FailAsync(_hub, ["beta", "Alpha", "gamma", "alphabet"]);
        Assert.Equal(["beta", "Alpha", "gamma", "alphabet"], await EventsAsync(rest, $"hub={_hub}&maxpagesize=3"));
        Assert.Equal(["Alpha", "alphabet", "beta", "gamma"], await EventsAsync(rest, $"hub={_hub}&maxpagesize=3&orderby=event"));
        Assert.Equal(["alphabet", "gamma", "Alpha", "beta"], await EventsAsync(rest, $"hub={_hub}&maxpagesize=1&orderby=failedAt%20desc"));
        Assert.Equal(["Alpha", "alphabet"], await EventsAsync(rest, $"hub={_hub}&maxpagesize=1&search=ALPHA"));
        Assert.Equal(["alphabet", "Alpha"], await EventsAsync(rest, $"hub={_hub}&maxpagesize=1&search=alpha&orderby=event%20desc"));
        Assert.Equal(400, await rest.StatusAsync("GET", "/admin/dead-letters?orderby=body"));
        Assert.Equal(400, await rest.StatusAsync("GET", "/admin/dead-letters?orderby=event&continuationToken=x"));
    }

    private static async Task<List<string>> EventsAsync(RestCaller rest, string query)
    {
        var events = new List<string>();
        for (var target = $"/admin/dead-letters?{query}"; target is not null;)
        {
            using var page = JsonDocument.Parse((await rest.SendAsync("GET", target)).Body);
            events.AddRange(page.RootElement.GetProperty("value").EnumerateArray().Select(letter => letter.GetProperty("event").GetString()!));
            target = page.RootElement.TryGetProperty("nextLink", out var next) ? new Uri(next.GetString()!).PathAndQuery : null;
        }

        return events;
    }

    // A 500 is a function's own fault, which does not open the circuit breaker.
    private async Task<HubPeer> FailAsync(string hub, string[] events)
    {
        gateway.UpstreamOf(hub).Answer = (request, context) =>
        {
            context.Response.StatusCode = request.Category == "messages" && _fails ? 500 : 200;
            return Task.CompletedTask;
        };
        var (peer, _) = await gateway.ConnectKnownAsync(hub);
        foreach (var name in events)
        {
            Assert.Contains("status code 500", await peer.InvokeAsync(name), StringComparison.Ordinal);
        }

        return peer;
    }

    private void Drain()
    {
        while (Upstream.Waiting > 0)
        {
            _ = Upstream.NextAsync();
        }
    }

    private async Task<(JsonElement Letter, int Count)> OneAsync(RestCaller rest)
    {
        using var list = JsonDocument.Parse((await rest.SendAsync("GET", $"/admin/dead-letters?hub={_hub}")).Body);
        return (list.RootElement.GetProperty("value").EnumerateArray().Single().Clone(), 1);
    }
}
