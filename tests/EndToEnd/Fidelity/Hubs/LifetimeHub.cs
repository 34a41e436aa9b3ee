using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.EndToEnd.Fidelity.Hubs;

/// <summary>Connecting and disconnecting, and all that a hub can read of its caller.</summary>
public sealed class LifetimeHub : Hub
{
    public override async Task OnConnectedAsync()
    {
        switch (Query("connect"))
        {
            case "refuse":
                throw new HubException("Not you.");
            case "break":
                throw new InvalidOperationException("The password of the door is 1234.");
            case "abort":
                Context.Abort();
                return;
            default:
                break;
        }

        Context.Items["connected"] = true;
        await Groups.AddToGroupAsync(Context.ConnectionId, $"visitors of {Context.UserIdentifier}");
        await Clients.Caller.SendAsync("pair", "welcome", Query("shade"));
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (Context.UserIdentifier is { } user)
        {
            await Clients.Group($"watchers of the end of {user}").SendAsync("pair", "left", exception?.Message);
        }
    }

    public Task Watch(string user) => Groups.AddToGroupAsync(Context.ConnectionId, $"watchers of {user}");

    public Task WatchEnd(string user) => Groups.AddToGroupAsync(Context.ConnectionId, $"watchers of the end of {user}");

    public Task Visit(string user) => Clients.Group($"visitors of {user}").SendAsync("said", "visited");

    public string ConnectionId() => Context.ConnectionId;

    public string? UserIdentifier() => Context.UserIdentifier;

    public string? Query(string name) => Context.GetHttpContext()?.Request.Query[name];

    public string? Header(string name) => Context.GetHttpContext()?.Request.Headers[name];

    public bool HasHttpContext() => Context.GetHttpContext() is not null;

    public bool HasHttpContextFeature() => Context.Features.Get<IHttpContextFeature>()?.HttpContext is HttpContext;

    public bool HasTransportFeature() => Context.Features.Get<IHttpTransportFeature>() is not null;

    public bool HasHeartbeatFeature() => Context.Features.Get<IConnectionHeartbeatFeature>() is not null;

    public bool IsUserOfRequest() => Context.GetHttpContext()?.User.Identity?.Name == Context.User?.Identity?.Name;

    public void SetItem(string value) => Context.Items["item"] = value;

    public string? GetItem() => Context.Items.TryGetValue("item", out var item) ? (string?)item : null;

    public bool HasItemOfConnect() => Context.Items.ContainsKey("connected");

    public bool IsAborted() => Context.ConnectionAborted.IsCancellationRequested;

    public void Abort() => Context.Abort();

    public async Task WaitUntilAborted(string user)
    {
        await Clients.Group($"watchers of {user}").SendAsync("said", "waiting");
        var aborted = new TaskCompletionSource();
        await using var registration = Context.ConnectionAborted.Register(aborted.SetResult);
        var isAborted = await Task.WhenAny(aborted.Task, LimitAsync()) == aborted.Task;
        await Clients.Group($"watchers of {user}").SendAsync("pair", "aborted", isAborted, CancellationToken.None);
    }

    // The time in which an abort must be seen.
    private static Task LimitAsync() => Task.Delay(TimeSpan.FromSeconds(3));
}

/// <summary>A hub whose constructor throws.</summary>
public sealed class BrokenHub : Hub
{
    public BrokenHub() => throw new InvalidOperationException("The constructor is broken.");

    public int Number() => 1;
}

/// <summary>A hub with a small limit on the size of a message.</summary>
public sealed class SmallHub : Hub
{
    public int Length(string text) => text.Length;
}
