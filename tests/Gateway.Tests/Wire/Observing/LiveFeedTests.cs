using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Observing;

/// <summary>The gateway's own hub at <c>/admin/live</c>: authorization, responses, and the count of viewers.</summary>
[Collection(SharedGateway.Name)]
public sealed class LiveFeedTests(GatewayFixture gateway)
{
    [Fact]
    public async Task A_viewer_without_a_token_for_the_feed_is_refused()
    {
        var rest = gateway.Rest();
        Assert.Equal(401, (await rest.SendAsync("POST", "/admin/live/negotiate?negotiateVersion=1", token: "nothing")).Status);

        // A token for another call of the admin API is not valid here, and neither is one for the address of the negotiation itself.
        Assert.Equal(401, (await rest.SendAsync("POST", "/admin/live/negotiate?negotiateVersion=1", token: RestCaller.Token("/admin/usage"))).Status);
        var client = GatewayFixture.ClientToken("$gateway");
        Assert.Equal(401, (await rest.SendAsync("POST", "/admin/live/negotiate?negotiateVersion=1", token: client)).Status);
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, "", client, path: Viewer.Path));
        Assert.StartsWith("HTTP/1.1 401 ", await connection.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Negotiation_offers_web_sockets_and_its_token_connects_once()
    {
        var token = RestCaller.Token(Viewer.Path);
        var answer = await gateway.Rest().SendAsync("POST", "/admin/live/negotiate?negotiateVersion=1&useStatefulReconnect=true", token: token);
        Assert.Equal(200, answer.Status);
        using var json = JsonDocument.Parse(answer.Body);
        Assert.Equal("WebSockets", Assert.Single(json.RootElement.GetProperty("availableTransports").EnumerateArray()).GetProperty("transport").GetString());
        Assert.False(json.RootElement.TryGetProperty("useStatefulReconnect", out _));

        // Connects like a browser: the token is in the query.
        var query = $"&id={json.RootElement.GetProperty("connectionToken").GetString()}&access_token={token}";
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, "", null, query, Viewer.Path));
        await using var peer = await HubPeer.UpgradedAsync(connection, HubProtocol.MessagePack);
        await peer.ShakeHandsAsync();
        await using var second = await RawConnection.OpenAsync(gateway.Address);
        await second.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, "", null, query, Viewer.Path));
        Assert.StartsWith("HTTP/1.1 404 ", await second.ReadHeadAsync(), StringComparison.Ordinal);

        // [1, {}, "7", "nothing", []] is answered in MessagePack too.
        await peer.SendAsync("95" + "01" + "80" + "A137" + "A7" + Convert.ToHexString("nothing"u8) + "90");
        Assert.StartsWith("9503", await peer.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_client_can_name_the_gateways_own_hub()
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, "$gateway", GatewayFixture.ClientToken("$gateway")));
        Assert.StartsWith("HTTP/1.1 400 ", await connection.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal(400, await gateway.Rest().StatusAsync("POST", "/api/hubs/$gateway/:send", """{"target":"m","arguments":[]}"""));
    }

    [Fact]
    public async Task Overview_counts_connections_messages_and_units_and_viewers_apart()
    {
        var hub = GatewayFixture.NewHub();
        await using var peer = await gateway.ConnectAsync(hub);
        await using var viewer = await Viewer.ConnectAsync(gateway.Address);
        await viewer.StreamAsync("overview");
        var before = (await viewer.NextAsync()).GetProperty("item");
        await gateway.Rest().SendMessageAsync($"/api/hubs/{hub}/:send", "m");
        await peer.NextAsync();
        await peer.SendAsync("""{"type":1,"target":"m","arguments":[]}""");
        var item = before;
        await Waits.UntilAsync(async () =>
        {
            item = (await viewer.NextAsync()).GetProperty("item");
            return Hub(item)?.GetProperty("received").GetInt64() == 1 && Hub(item)?.GetProperty("sent").GetInt64() == 1;
        }, "the messages in both directions are counted");

        Assert.Equal(1, Hub(item)!.Value.GetProperty("connections").GetInt64());
        Assert.DoesNotContain(item.GetProperty("hubs").EnumerateArray(), one => one.GetProperty("hub").GetString() == "$gateway");
        Assert.True(item.GetProperty("viewers").GetInt64() >= 1);
        Assert.Equal(1, item.GetProperty("nodes").GetArrayLength());
        Assert.True(Units(item) > Units(before));

        // Without a durable store the units are counted since the start of the process.
        var since = item.GetProperty("unitsSince").GetDateTimeOffset();
        var uptime = TimeSpan.FromSeconds(item.GetProperty("nodes")[0].GetProperty("uptimeSeconds").GetDouble());
        var started = item.GetProperty("time").GetDateTimeOffset() - uptime;
        Assert.Equal(0, (since - Later(started, item.GetProperty("time").GetDateTimeOffset().UtcDateTime.Date)).TotalSeconds, 3.0);
        Assert.True(item.GetProperty("upstream")[0].GetProperty("calls").GetInt64() > 0);

        JsonElement? Hub(JsonElement of) => of.GetProperty("hubs").EnumerateArray()
            .Where(one => one.GetProperty("hub").GetString() == hub).Select(one => (JsonElement?)one).FirstOrDefault();
        static DateTimeOffset Later(DateTimeOffset one, DateTime midnight) => one.UtcDateTime > midnight ? one : new DateTimeOffset(midnight, TimeSpan.Zero);
        static long Units(JsonElement of) => of.GetProperty("unitsToday").GetProperty("total").GetInt64();
    }

    [Fact]
    public async Task An_invocation_gets_the_first_item_and_a_cancelled_stream_ends()
    {
        await using var viewer = await Viewer.ConnectAsync(gateway.Address);
        using var result = JsonDocument.Parse(await viewer.Peer.InvokeAsync("Overview", id: "one"));
        Assert.Equal((3, "one"), (result.RootElement.GetProperty("type").GetInt32(), result.RootElement.GetProperty("invocationId").GetString()));
        Assert.True(result.RootElement.GetProperty("result").TryGetProperty("nodes", out _));

        var id = await viewer.StreamAsync("overview");
        Assert.Equal(2, (await viewer.NextAsync()).GetProperty("type").GetInt32());
        await viewer.CancelAsync(id);
        await Waits.UntilAsync(async () => (await viewer.NextAsync()).GetProperty("type").GetInt32() == 3, "the stream's end");
    }

    [Fact]
    public async Task An_unknown_method_is_told_which_there_are()
    {
        await using var viewer = await Viewer.ConnectAsync(gateway.Address);
        Assert.Contains("It has: ", await viewer.Peer.InvokeAsync("nothing"), StringComparison.Ordinal);
    }
}
