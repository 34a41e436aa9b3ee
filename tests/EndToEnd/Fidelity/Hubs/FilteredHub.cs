using System.Reflection;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.EndToEnd.Fidelity.Hubs;

/// <summary>A hub with a filter of its own, within a filter of all hubs.</summary>
public sealed class FilteredHub : Hub
{
    public override Task OnConnectedAsync() => Clients.Caller.SendAsync("said", "connected");

    public string Echo(string text) => text;

    [Polite]
    public string Ask(string text) => text;

    public string Trace() => string.Join(' ', (List<string>)Context.Items["trace"]!);

    public Task Watch(string user) => Groups.AddToGroupAsync(Context.ConnectionId, $"watchers of {user}");

    public int Add(int first, int second) => first + second;

    public void Break() => throw new InvalidOperationException("Broken.");

    public async IAsyncEnumerable<string> Stream(string text)
    {
        await Task.Yield();
        yield return text;
        yield return "last";
    }
}

/// <summary>Marks a method for <see cref="HubFilter"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PoliteAttribute : Attribute;

/// <summary>The filter of all hubs.</summary>
public sealed class GlobalFilter : IHubFilter
{
    public ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        Note(invocationContext.Context, "global");
        return invocationContext.HubMethodArguments is ["refused by all"] ? throw new HubException("Refused by all.") : next(invocationContext);
    }

    public static void Note(HubCallerContext context, string name)
    {
        if (!context.Items.TryGetValue("trace", out var trace))
        {
            context.Items["trace"] = trace = new List<string>();
        }

        ((List<string>)trace!).Add(name);
    }
}

/// <summary>The filter of <see cref="FilteredHub"/>: it changes arguments and results, and refuses.</summary>
public sealed class HubFilter(Till till) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        GlobalFilter.Note(invocationContext.Context, "own");
        var context = invocationContext;
        switch (context)
        {
            case { HubMethodArguments: ["refused"] }:
                throw new HubException($"Refused by the {till.Name}: {context.HubMethodName}.");
            case { HubMethodArguments: ["broken"] }:
                throw new InvalidOperationException("The filter is broken.");
            case { HubMethodArguments: ["answered"] }:
                return "answered by the filter";
            case { HubMethodArguments: ["changed"] }:
                context = new HubInvocationContext(
                    context.Context, context.ServiceProvider, context.Hub, context.HubMethod, ["changed by the filter"]);
                break;
            default:
                break;
        }

        try
        {
            var result = await next(context);
            return context.HubMethod.GetCustomAttribute<PoliteAttribute>() is not null ? $"{result}, please" : result;
        }
        catch (InvalidOperationException exception)
        {
            throw new HubException($"Translated: {exception.Message}");
        }
    }

    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        if (context.Context.UserIdentifier?.StartsWith("banned", StringComparison.Ordinal) == true)
        {
            throw new HubException("Banned.");
        }

        await context.Hub.Clients.Caller.SendAsync("said", "before");
        await next(context);
        await context.Hub.Clients.Caller.SendAsync("said", "after");
    }

    public async Task OnDisconnectedAsync(
        HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        await next(context, exception);
        if (context.Context.UserIdentifier is { } user)
        {
            await context.Hub.Clients.Group($"watchers of {user}").SendAsync("said", "filtered");
        }
    }
}
