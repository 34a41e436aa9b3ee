using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>Filters around every call.</summary>
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
        Assert.Equal("{\"type\":3,\"invocationId\":\"1\",\"error\":\"Stopped.\"}\u001e", Encoding.UTF8.GetString(response.Body.Span));
    }

    private static HubHost Host(List<string> log) => new(hubs =>
    {
        hubs.AddHub<EchoHub>().AddHub<StreamHub>().AddFilter<EchoHub, Inner>().AddFilter<Outer>();
        hubs.Services.AddSingleton(log).AddSingleton<Gates>();
    });

    private sealed class Outer(List<string> log) : IHubFilter
    {
        public async ValueTask InvokeMethodAsync(HubInvocationContext context, Func<HubInvocationContext, ValueTask> next)
        {
            var argument = context.ArgumentCount > 0 ? " " + context.GetArgument<string>(0) : "";
            log.Add($"> {context.HubMethodName}{argument}");
            if (argument == " stop")
            {
                throw new HubException("Stopped.");
            }

            await next(context);
            log.Add($"< {context.HubMethodName}");
        }

        public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
        {
            log.Add("connected");
            await next(context);
            log.Add("connected behind");
        }

        public async Task OnDisconnectedAsync(
            HubLifetimeContext context, string? error, Func<HubLifetimeContext, string?, Task> next)
        {
            log.Add($"disconnected {error}");
            await next(context, error);
            log.Add("disconnected behind");
        }
    }

    private sealed class Inner(List<string> log) : IHubFilter
    {
        public async ValueTask InvokeMethodAsync(HubInvocationContext context, Func<HubInvocationContext, ValueTask> next)
        {
            log.Add($">> {context.HubMethodName}");
            await next(context);
            log.Add($"<< {context.HubMethodName}");
        }
    }
}
