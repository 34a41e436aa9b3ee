using System.Text;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Clients;

/// <summary>The bodies of messages: encoded once for each protocol of the hub, with the protocol's own options.</summary>
public sealed class MessageBodyTests : IAsyncLifetime
{
    private GatewayRecorder _gateway = null!;

    public async Task InitializeAsync() => _gateway = await GatewayRecorder.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_hub_of_both_protocols_sends_each_message_in_both()
    {
        await using var host = new HubHost(hubs => hubs.AddHub<EchoHub>(), _gateway.Address);
        await host.Get<IHubContext<EchoHub>>().Clients.All.SendAsync("t", new byte[] { 1 }, DateTime.UnixEpoch);

        var request = Assert.Single(_gateway.Take());
        Assert.Equal("application/octet-stream", request.Headers.ContentType.ToString());
        var messages = request.ReadProtocols();
        Assert.Equal(["json", "messagepack"], messages.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            """{"type":1,"target":"t","arguments":["AQ==","1970-01-01T00:00:00Z"]}""" + "\u001e", Encoding.UTF8.GetString(messages["json"]));
        // Length, then [1, {}, nil, "t", [bin 01, timestamp 0], []]
        Assert.Equal("11960180C0A17492C40101D6FF0000000090", Convert.ToHexString(messages["messagepack"]));
    }

    [Fact]
    public async Task A_hub_of_json_alone_sends_json()
    {
        await using var host = new HubHost(hubs => hubs.AddHub<EchoHub>(options => options.SupportedProtocols = ["json"]), _gateway.Address);
        await host.Get<IHubContext<EchoHub>>().Clients.All.SendAsync("t", new Point(1, 2), "ü <");

        var request = Assert.Single(_gateway.Take());
        Assert.Equal("application/json", request.Headers.ContentType.ToString());
        Assert.Equal("""{"target":"t","arguments":[{"x":1,"y":2},"ü <"]}""", request.Body);
    }

    [Fact]
    public async Task A_hub_of_messagepack_alone_sends_messagepack()
    {
        await using var host = new HubHost(hubs => hubs.AddHub<EchoHub>(options => options.SupportedProtocols = ["messagepack"]), _gateway.Address);
        await host.Get<IHubContext<EchoHub>>().Clients.All.SendAsync("t");

        Assert.Equal(["messagepack"], Assert.Single(_gateway.Take()).ReadProtocols().Keys);
        var json = await host.InvokeAsync("echohub", "Hi", """{"type":1,"invocationId":"1","target":"say-hi","arguments":[]}""", headers => headers["X-ASRS-Event"] = "say-hi");
        Assert.Contains("\"error\":\"The protocol 'json' is not supported.\"", Encoding.UTF8.GetString(json.Body.Span), StringComparison.Ordinal);
        Assert.Equal(200, (await host.SendAsync("echohub", "connections", "connected", """{"type":10}"""u8.ToArray())).Status);
    }

    [Fact]
    public async Task The_options_of_the_app_s_json_protocol_hold_for_messages_and_calls()
    {
        await using var host = new HubHost(
            hubs =>
            {
                hubs.SignalR.AddJsonProtocol(options => options.PayloadSerializerOptions.PropertyNamingPolicy = null);
                hubs.AddHub<EchoHub>(options => options.SupportedProtocols = ["json"]);
            },
            _gateway.Address);
        await host.Get<IHubContext<EchoHub>>().Clients.All.SendAsync("t", new Point(1, 2));
        Assert.Contains("""{"X":1,"Y":2}""", Assert.Single(_gateway.Take()).Body, StringComparison.Ordinal);

        var response = await host.InvokeAsync("echohub", "Mirror", """{"type":1,"invocationId":"1","target":"Mirror","arguments":[{"X":1,"Y":2}]}""");
        Assert.Contains("""{"X":-1,"Y":-2}""", Encoding.UTF8.GetString(response.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Newtonsoft_s_protocol_takes_the_place_of_json()
    {
        await using var host = new HubHost(
            hubs =>
            {
                hubs.SignalR.AddNewtonsoftJsonProtocol();
                hubs.AddHub<EchoHub>(options => options.SupportedProtocols = ["json"]);
            },
            _gateway.Address);
        await host.Get<IHubContext<EchoHub>>().Clients.All.SendAsync("t", new Point(1, 2), new Dictionary<string, int> { ["a"] = 1 });
        Assert.Equal("""{"target":"t","arguments":[{"x":1.0,"y":2.0},{"a":1}]}""", Assert.Single(_gateway.Take()).Body);

        var response = await host.InvokeAsync("echohub", "Mirror", """{"type":1,"invocationId":"1","target":"Mirror","arguments":[{"x":1,"y":2}]}""");
        Assert.Equal("{\"type\":3,\"invocationId\":\"1\",\"result\":{\"x\":-1.0,\"y\":-2.0}}\u001e", Encoding.UTF8.GetString(response.Body.Span));
    }

    [Fact]
    public async Task A_list_of_groups_or_users_is_one_request_where_the_hub_has_json_alone()
    {
        await using var host = new HubHost(hubs => hubs.AddHub<EchoHub>(options => options.SupportedProtocols = ["json"]), _gateway.Address);
        var clients = host.Get<IHubContext<EchoHub>>().Clients;
        await clients.Groups("g", "h/1", "g").SendAsync("t");
        await clients.Users("u", "v", "u").SendAsync("t");

        Assert.Equal(
            ["/api/v1-preview/hub/echohub/groups/g,h%2F1,g", "/api/v1-preview/hub/echohub/users/u,v"], _gateway.Take().Select(request => request.Target));
    }

    [Fact]
    public async Task A_list_is_a_request_for_each_name_where_the_hub_has_both_protocols_or_a_name_has_a_comma()
    {
        await using var both = new HubHost(hubs => hubs.AddHub<EchoHub>(), _gateway.Address);
        await both.Get<IHubContext<EchoHub>>().Clients.Groups("g", "h").SendAsync("t");
        await both.Get<IHubContext<EchoHub>>().Clients.Users("u", "v").SendAsync("t");
        Assert.Equal(["groups/g", "groups/h", "users/u", "users/v"], Targets());

        await using var json = new HubHost(hubs => hubs.AddHub<EchoHub>(options => options.SupportedProtocols = ["json"]), _gateway.Address);
        await json.Get<IHubContext<EchoHub>>().Clients.Groups("g,i", "h").SendAsync("t");
        await json.Get<IHubContext<EchoHub>>().Clients.Users([.. Enumerable.Range(0, 100).Select(i => new string('u', 100) + i)]).SendAsync("t");
        Assert.Equal(102, Targets().Count);
    }

    private List<string> Targets() =>
        [.. _gateway.Take().Select(request => request.Target["/api/hubs/echohub/".Length..].Split("/:send")[0]).Order(StringComparer.Ordinal)];
}
