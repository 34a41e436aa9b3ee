using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.EndToEnd.DotNetClient;
using Serverless.EndToEnd.Systems;
using Serverless.Protocol;
using Serverless.Support.Processes;
using Serverless.Support.Redis;

namespace Serverless.EndToEnd.Dashboard;

/// <summary>The lists of the admin API, over two nodes.</summary>
public sealed class ListingTests : IAsyncLifetime
{
    private const string Key = DashboardSystem.EmulatorKey;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly HttpClient Http = new();

    private readonly List<HubConnection> _clients = [];
    private readonly List<GatewayProcess> _nodes = [];
    private RedisServer? _redis;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        for (var i = 0; i < 2; i++)
        {
            _nodes.Add(new GatewayProcess(FreePort.Find(), new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["Gateway__Redis"] = _redis.Address,
                ["UpstreamSettings__Templates__0__UrlTemplate"] = "http://127.0.0.1:9/",
                ["UpstreamSettings__Templates__0__CategoryPattern"] = "messages", // no upstream call on connect
            }));
        }

        await Task.WhenAll(_nodes.Select(node => node.StartAsync()));
        await Task.WhenAll(_nodes.Select(ReadyAsync));
    }

    public async Task DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    [Fact]
    public async Task Connections_users_and_groups_of_all_nodes_come_page_by_page()
    {
        foreach (var (node, user) in new[] { (0, "ann"), (1, "ann"), (0, "bob"), (1, "cy"), (1, "dee") })
        {
            await ConnectAsync(_nodes[node], user);
        }

        var anns = (await GetAsync(_nodes[1], "/admin/hubs/chat/connections?user=ann")).GetProperty("value");
        Assert.Equal(2, anns.EnumerateArray().Select(one => one.GetProperty("node").GetString()).Distinct().Count());
        var id = anns[0].GetProperty("connectionId").GetString();
        using var joined = await SendAsync(HttpMethod.Put, _nodes[1], $"/api/hubs/chat/groups/tea/connections/{id}?api-version=2022-11-01");
        Assert.True(joined.IsSuccessStatusCode, $"{joined.StatusCode}: {await joined.Content.ReadAsStringAsync()}");

        var ids = new List<string>();
        string? next = "/admin/hubs/chat/connections?maxpagesize=2";
        var pages = 0;
        for (; next is not null; pages++)
        {
            var page = await GetAsync(_nodes[0], next);
            Assert.Equal(5, page.GetProperty("total").GetInt32());
            ids.AddRange(page.GetProperty("value").EnumerateArray().Select(one => one.GetProperty("connectionId").GetString()!));
            next = page.TryGetProperty("nextLink", out var link) ? new Uri(link.GetString()!).PathAndQuery : null;
        }

        Assert.Equal(3, pages);
        Assert.Equal(5, ids.Count);
        Assert.Equal(ids.Distinct().Order(StringComparer.Ordinal), ids);

        Assert.Equal(["ann 2", "bob 1", "cy 1", "dee 1"], Names(await GetAsync(_nodes[1], "/admin/hubs/chat/users")));
        Assert.Equal(["cy 1"], Names(await GetAsync(_nodes[0], "/admin/hubs/chat/users?prefix=c")));
        Assert.Equal(["ann 2", "bob 1"], Names(await GetAsync(_nodes[0], "/admin/hubs/chat/users?orderby=connections%20desc&maxpagesize=2")));
        Assert.Equal(["ann 2", "dee 1"], Names(await GetAsync(_nodes[1], "/admin/hubs/chat/users?search=N"))
            .Concat(Names(await GetAsync(_nodes[1], "/admin/hubs/chat/users?search=EE"))));
        Assert.Equal(["dee", "cy", "bob", "ann", "ann"], await UsersAsync("/admin/hubs/chat/connections?orderby=user%20desc&maxpagesize=2"));
        Assert.Equal(["ann", "ann", "bob", "cy", "dee"], await UsersAsync("/admin/hubs/chat/connections?orderby=connectedAt&maxpagesize=3"));
        Assert.Equal(["tea 1"], Names(await GetAsync(_nodes[1], "/admin/hubs/chat/groups")));
        var member = (await GetAsync(_nodes[1], "/admin/hubs/chat/connections?group=tea")).GetProperty("value").EnumerateArray().Single();
        Assert.Equal("ann", member.GetProperty("user").GetString());
        Assert.Equal("tea", member.GetProperty("groups")[0].GetString());
        Assert.Equal("WebSockets", member.GetProperty("transport").GetString());
    }

    [Theory]
    [InlineData("/admin/hubs/1/connections", "hub's name is invalid")]
    [InlineData("/admin/hubs/chat/connections?maxpagesize=0", "from 1 to 200")]
    public async Task What_is_wrong_with_a_request_is_said(string path, string message)
    {
        using var answer = await SendAsync(HttpMethod.Get, _nodes[0], path);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains(message, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(JsonElement page) => page.GetProperty("value").EnumerateArray()
        .Select(one => $"{one.GetProperty("name").GetString()} {one.GetProperty("connections").GetInt32().ToString(CultureInfo.InvariantCulture)}");

    private async Task<List<string>> UsersAsync(string path)
    {
        var users = new List<string>();
        for (var next = path; next is not null;)
        {
            var page = await GetAsync(_nodes[0], next);
            users.AddRange(page.GetProperty("value").EnumerateArray().Select(one => one.GetProperty("user").GetString()!));
            next = page.TryGetProperty("nextLink", out var link) ? new Uri(link.GetString()!).PathAndQuery : null;
        }

        return users;
    }

    private async Task ReadyAsync(GatewayProcess node)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!(await Http.GetAsync(new Uri(node.Address, "/health/ready"), limit.Token)).IsSuccessStatusCode)
        {
            await Task.Delay(50, limit.Token);
        }
    }

    private async Task ConnectAsync(GatewayProcess node, string user)
    {
        var token = AccessTokens.Create(Key, AccessTokens.ClientAudience($"{node.Address}", "chat"), DateTimeOffset.UtcNow, TimeSpan.FromHours(1), user);
        var client = Client.Build(new Uri(node.Address, "/client/?hub=chat"), token, negotiates: true, reconnects: false);
        _clients.Add(client);
        await client.StartAsync().WaitAsync(Limit);
    }

    private async Task<JsonElement> GetAsync(GatewayProcess node, string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, node, path);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        using var json = JsonDocument.Parse(body);
        return json.RootElement.Clone();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, GatewayProcess node, string path)
    {
        // One token is valid for the whole admin API, but not for another API.
        var address = new Uri(node.Address, path);
        var audience = path.StartsWith("/admin/", StringComparison.Ordinal) ? new Uri(node.Address, "/admin").ToString() : address.GetLeftPart(UriPartial.Path);
        var request = new HttpRequestMessage(method, address);
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Bearer", AccessTokens.Create(Key, audience, DateTimeOffset.UtcNow, TimeSpan.FromHours(1)));
        return await Http.SendAsync(request).WaitAsync(Limit);
    }
}
