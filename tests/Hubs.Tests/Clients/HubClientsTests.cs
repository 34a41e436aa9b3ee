using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Management;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Clients;

/// <summary>The requests to the gateway of hub code that sends messages and changes groups.</summary>
public sealed class HubClientsTests : IAsyncLifetime
{
    private readonly Script _script = new();
    private GatewayRecorder _gateway = null!;

    public async Task InitializeAsync() => _gateway = await GatewayRecorder.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    internal static TheoryData<string, Func<CaseHub, Task>> Sends => new()
    {
        { ":send?V", hub => hub.Clients.All.SendAsync("t") },
        { ":send?V&excluded=a&excluded=b", hub => hub.Clients.AllExcept("a", "b").SendAsync("t") },
        { ":send?V&excluded=conn-1", hub => hub.Clients.Others.SendAsync("t") },
        { "connections/conn-1/:send?V", hub => hub.Clients.Caller.SendAsync("t") },
        { "connections/a/:send?V", hub => hub.Clients.Client("a").SendAsync("t") },
        { "connections/a/:send?V connections/b/:send?V", hub => hub.Clients.Clients("a", "b", "a").SendAsync("t") },
        { "", hub => hub.Clients.Clients([]).SendAsync("t") },
        { "groups/g/:send?V", hub => hub.Clients.Group("g").SendAsync("t") },
        { "groups/g/:send?V", hub => hub.Clients.Groups(["g"]).SendAsync("t") },
        { "groups/g,i/:send?V groups/h/:send?V", hub => hub.Clients.Groups(["g,i", "h"]).SendAsync("t") },
        { "", hub => hub.Clients.Groups([]).SendAsync("t") },
        { "groups/g/:send?V&excluded=a", hub => hub.Clients.GroupExcept("g", "a").SendAsync("t") },
        { "groups/g/:send?V&excluded=conn-1", hub => hub.Clients.OthersInGroup("g").SendAsync("t") },
        { "users/u/:send?V", hub => hub.Clients.User("u").SendAsync("t") },
        { "users/u/:send?V", hub => hub.Clients.Users(new List<string> { "u", "u" }).SendAsync("t") },
        { "users/u/:send?V users/v,w/:send?V", hub => hub.Clients.Users(new List<string> { "u", "v,w" }).SendAsync("t") },
        { "groups/g/connections/conn-1?V", hub => hub.Groups.AddToGroupAsync(hub.Context.ConnectionId, "g") },
        { "groups/g/connections/a?V", hub => hub.Groups.RemoveFromGroupAsync("a", "g") },
    };

    [Fact]
    public async Task Every_way_to_address_clients_is_the_request_that_it_should_be()
    {
        await using var host = CaseHost();
        foreach (var row in Sends)
        {
            _script.Next = async hub =>
            {
                await ((Func<CaseHub, Task>)row[1])(hub);
                return "";
            };
            await CallAsync(host);

            var expected = ((string)row[0]).Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(path => "/api/hubs/casehub/" + Uri.EscapeDataString(path.Split('?')[0]).Replace("%2F", "/", StringComparison.Ordinal).Replace("%3A", ":", StringComparison.Ordinal)
                    + path[path.IndexOf('?', StringComparison.Ordinal)..].Replace("?V", "?api-version=2022-06-01", StringComparison.Ordinal));
            Assert.Equal(expected, _gateway.Take().Select(request => request.Target).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Messages_that_are_awaited_reach_the_gateway_in_that_order_also_through_a_retry()
    {
        await using var host = CaseHost();
        var count = 0;
        _gateway.Answer = context =>
        {
            context.Response.StatusCode = count++ == 3 ? 429 : 202;
            context.Response.Headers.RetryAfter = "0";
            return Task.CompletedTask;
        };
        _script.Next = async hub =>
        {
            for (var i = 0; i < 10; i++)
            {
                await (i % 2 == 0 ? hub.Clients.Caller : hub.Clients.Group("g")).SendAsync("n", i);
            }

            return "done";
        };

        await CallAsync(host);

        Assert.Equal(
            [0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9],
            _gateway.Take().Select(request => int.Parse(request.Body.Split('[', ']')[1])));
    }

    [Fact]
    public async Task A_gateway_that_refuses_a_message_fails_the_call_that_sent_it()
    {
        await using var host = CaseHost();
        _gateway.AnswerWith(500);
        _script.Next = async hub =>
        {
            await hub.Clients.All.SendAsync("t");
            return "";
        };

        var response = await CallAsync(host);

        Assert.Contains("An unexpected error occurred invoking 'Run'", System.Text.Encoding.UTF8.GetString(response.Body.Span), StringComparison.Ordinal);
        Assert.Contains("500", Assert.Single(host.Log.TakeErrors()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_argument_counts_are_sent()
    {
        await using var host = CaseHost();
        _script.Next = async hub =>
        {
            var all = hub.Clients.All;
            await all.SendAsync("t", 1);
            await all.SendAsync("t", 1, 2);
            await all.SendAsync("t", 1, 2, 3);
            await all.SendAsync("t", 1, 2, 3, 4);
            await all.SendAsync("t", 1, 2, 3, 4, 5);
            await all.SendAsync("t", 1, 2, 3, 4, 5, 6);
            await all.SendCoreAsync("t", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
            return "";
        };

        await CallAsync(host);

        Assert.Equal(
            ["1", "1,2", "1,2,3", "1,2,3,4", "1,2,3,4,5", "1,2,3,4,5,6", "1,2,3,4,5,6,7,8,9,10,11,12"],
            _gateway.Take().Select(request => request.Body.Split('[', ']')[1]));
    }

    [Fact]
    public async Task A_typed_hub_sends_what_its_interface_names_and_is_one_hub_with_its_base()
    {
        await using var host = new HubHost(hubs => hubs.AddHub<TypedHub>(options => options.SupportedProtocols = ["json"]), _gateway.Address);

        await host.InvokeAsync("typedhub", "Tell", """{"type":1,"invocationId":"1","target":"Tell","arguments":["x"]}""");

        Assert.Equal(
            [
                """/api/hubs/typedhub/:send?api-version=2022-06-01 {"target":"Receive","arguments":["x",{"radius":2,"name":"c"}]}""",
                """/api/hubs/typedhub/:send?api-version=2022-06-01&excluded=conn-1 {"target":"Tick","arguments":[]}""",
                """/api/hubs/typedhub/groups/g/:send?api-version=2022-06-01 {"target":"renamed","arguments":[]}""",
            ],
            _gateway.Take().Select(request => $"{request.Target} {request.Body}"));
        Assert.Contains("own shared", await ResultAsync(host, "Shared", ""), StringComparison.Ordinal);
        Assert.Contains("\"5\"", await ResultAsync(host, "inherited", "5"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Groups_of_users_are_changed_with_the_requests_that_they_should_be()
    {
        await using var host = CaseHost();
        var groups = host.Get<IUserGroups<CaseHub>>();
        _gateway.AnswerWith(200);
        await groups.AddToGroupAsync("u", "g", TimeSpan.FromMinutes(1));
        await groups.RemoveFromGroupAsync("u", "g");
        await groups.RemoveFromAllGroupsAsync("u");
        Assert.True(await groups.IsUserInGroupAsync("u", "g"));

        Assert.Equal(
            ["PUT users/u/groups/g?V&ttl=60", "DELETE users/u/groups/g?V", "DELETE users/u/groups?V", "HEAD users/u/groups/g?V"],
            _gateway.Take().Select(request => request.ToString().Replace("/api/hubs/casehub/", "", StringComparison.Ordinal).Replace("api-version=2022-06-01", "V", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Clients_are_reached_from_outside_a_hub_too()
    {
        await using var host = new HubHost(hubs => hubs.AddHub<TypedHub>(options => options.SupportedProtocols = ["json"]), _gateway.Address);
        var context = host.Get<IHubContext<TypedHub>>();

        await context.Clients.User("u").SendAsync("t", 1);
        await host.Get<IHubContext<TypedHub, ITypedClient>>().Clients.Group("g").@event();
        await context.Groups.AddToGroupAsync("c", "g");
        await host.Get<IUserGroups<TypedHub>>().RemoveFromAllGroupsAsync("u");
        await host.Get<GatewayClient<TypedHub>>().CloseConnectionAsync("c");

        Assert.Equal(
            ["POST users/u/:send", "POST groups/g/:send", "PUT groups/g/connections/c", "DELETE users/u/groups", "DELETE connections/c"],
            _gateway.Take().Select(request => $"{request.Method} {request.Target.Split('?')[0]["/api/hubs/typedhub/".Length..]}"));
    }

    private static async Task<string> ResultAsync(HubHost host, string target, string arguments) => System.Text.Encoding.UTF8.GetString(
        (await host.InvokeAsync("typedhub", target, $$"""{"type":1,"invocationId":"1","target":"{{target}}","arguments":[{{arguments}}]}""")).Body.Span);

    private static Task<UpstreamResponse> CallAsync(HubHost host) =>
        host.InvokeAsync("casehub", "Run", """{"type":1,"invocationId":"1","target":"Run","arguments":["x"]}""");

    private HubHost CaseHost() => new(
        hubs =>
        {
            hubs.Services.AddSingleton(_script).AddScoped<ScopedThing>();
            hubs.AddHub<CaseHub>(options => options.SupportedProtocols = ["json"]);
        },
        _gateway.Address);
}
