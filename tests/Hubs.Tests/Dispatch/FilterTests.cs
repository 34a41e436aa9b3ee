using System.Text;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>Filters around the event or the call that a request is for, and around nothing else.</summary>
public class FilterTests
{
    [Fact]
    public async Task Filters_run_around_every_call_those_of_the_hub_inside()
    {
        var log = new List<string>();
        await using var host = Host(log);
        await host.SendAsync("echohub", "connections", "connected", "{\"type\":10}"u8.ToArray());
        await host.InvokeAsync("echohub", "Echo", """{"type":1,"invocationId":"1","target":"Echo","arguments":["x"]}""");
        await host.SendAsync("echohub", "connections", "disconnected", "{\"type\":11,\"error\":\"e\"}"u8.ToArray());

        Assert.Equal(
            ["connected", "connected behind", "> Echo x", ">> Echo", "<< Echo", "< Echo", "disconnected e", "disconnected behind"], log);
    }

    [Fact]
    public async Task A_hub_has_no_filter_of_another()
    {
        var log = new List<string>();
        await using var host = Host(log);
        var response = await host.InvokeAsync("streamhub", "Words", """{"type":4,"invocationId":"1","target":"Words","arguments":[]}""");
        await response.CopyToAsync(Stream.Null);

        Assert.Equal(["> Words", "< Words"], log);
    }

    [Fact]
    public async Task A_filter_can_keep_a_call_from_its_method()
    {
        await using var host = Host([]);
        var response = await host.InvokeAsync("echohub", "Echo", """{"type":1,"invocationId":"1","target":"Echo","arguments":["stop"]}""");
        Assert.Single(host.Log.TakeErrors());
        Assert.EndsWith("HubException: Stopped.\"}\u001e", Encoding.UTF8.GetString(response.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_filter_can_refuse_a_connection()
    {
        await using var host = Host([]);
        var response = await host.SendAsync(
            "echohub", "connections", "connected", "{\"type\":10}"u8.ToArray(), change: headers => headers["X-ASRS-User-Id"] = "banned");
        Assert.Equal((403, "Not you."), (response.Status, Encoding.UTF8.GetString(response.Body.Span)));
    }

    private static HubHost Host(List<string> log) => new(hubs =>
    {
        hubs.AddHub<EchoHub>(options => options.AddFilter<Inner>()).AddHub<StreamHub>();
        hubs.Services.AddSingleton(log).AddSingleton<Gates>().Configure<HubOptions>(options => options.AddFilter<Outer>());
    });

    private sealed class Outer(List<string> log) : IHubFilter
    {
        public async ValueTask<object?> InvokeMethodAsync(
            HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
        {
            var argument = invocationContext.HubMethodArguments.Count > 0 ? " " + invocationContext.HubMethodArguments[0] : "";
            log.Add($"> {invocationContext.HubMethodName}{argument}");
            if (argument == " stop")
            {
                throw new HubException("Stopped.");
            }

            var result = await next(invocationContext);
            log.Add($"< {invocationContext.HubMethodName}");
            return result;
        }

        public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
        {
            if (context.Context.UserIdentifier == "banned")
            {
                throw new HubException("Not you.");
            }

            log.Add("connected");
            await next(context);
            log.Add("connected behind");
        }

        public async Task OnDisconnectedAsync(
            HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
        {
            log.Add($"disconnected {exception?.Message}");
            await next(context, exception);
            log.Add("disconnected behind");
        }
    }

    private sealed class Inner(List<string> log) : IHubFilter
    {
        public async ValueTask<object?> InvokeMethodAsync(
            HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
        {
            log.Add($">> {invocationContext.HubMethodName}");
            var result = await next(invocationContext);
            log.Add($"<< {invocationContext.HubMethodName}");
            return result;
        }
    }
}
