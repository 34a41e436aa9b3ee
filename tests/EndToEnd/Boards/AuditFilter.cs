using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.EndToEnd.Boards;

/// <summary>A filter around all calls and events of the hub.</summary>
internal sealed class AuditFilter(Audit audit) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        if (invocationContext.HubMethodName == "Open" && invocationContext.HubMethodArguments[0] is "secret")
        {
            throw new HubException("That board is not yours.");
        }

        audit.Write(invocationContext.Context, $"> {invocationContext.HubMethodName}");
        var result = await next(invocationContext);
        audit.Write(invocationContext.Context, $"< {invocationContext.HubMethodName}");
        return result;
    }

    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        if (context.Context.UserIdentifier == "banned")
        {
            throw new HubException("Not you.");
        }

        await next(context);
        audit.Write(context.Context, "connected");
    }

    public async Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        await next(context, exception);
        audit.Write(context.Context, "disconnected");
    }
}

/// <summary>The actions of each user, in order.</summary>
internal sealed class Audit
{
    private readonly ConcurrentDictionary<string, Channel<string>> _lines = new();

    public void Write(HubCallerContext caller, string line) => Of(caller.UserIdentifier!).Writer.TryWrite(line);

    public ChannelReader<string> Read(string user) => Of(user).Reader;

    private Channel<string> Of(string user) => _lines.GetOrAdd(user, _ => Channel.CreateUnbounded<string>());
}
