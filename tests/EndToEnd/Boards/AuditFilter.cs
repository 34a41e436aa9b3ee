using System.Collections.Concurrent;
using System.Threading.Channels;
using Serverless.Hubs;

namespace Serverless.EndToEnd.Boards;

/// <summary>A filter around all calls and events of the hub.</summary>
internal sealed class AuditFilter(Audit audit) : IHubFilter
{
    public async ValueTask InvokeMethodAsync(HubInvocationContext context, Func<HubInvocationContext, ValueTask> next)
    {
        if (context.HubMethodName == "Open" && context.GetArgument<string>(0) == "secret")
        {
            throw new HubException("That board is not yours.");
        }

        audit.Write(context.Context, $"> {context.HubMethodName}");
        await next(context);
        audit.Write(context.Context, $"< {context.HubMethodName}");
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

    public async Task OnDisconnectedAsync(HubLifetimeContext context, string? error, Func<HubLifetimeContext, string?, Task> next)
    {
        await next(context, error);
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
