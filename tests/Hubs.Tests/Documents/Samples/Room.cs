using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serverless.Hubs.Management;

namespace Serverless.Hubs.Tests.Documents.Samples;

public sealed class Room(TimeProvider clock) : Hub<IRoomClient>
{
    public async Task Enter(string room)
    {
        await Groups.AddToGroupAsync(Context.ConnectionId, room);
        await Clients.OthersInGroup(room).Entered(Context.UserIdentifier);
    }

    public Task Say(string room, string text) => Clients.Group(room).Said(Context.UserIdentifier, text, clock.GetUtcNow());

    [Authorize(Roles = "moderator")]
    public Task Clear(string room) => Clients.Group(room).Cleared();

    public Task<int> CountWords(string text, [FromKeyedServices("english")] IWordCounter counter) => counter.CountAsync(text);
}

public interface IRoomClient
{
    Task Entered(string? user);

    Task Said(string? user, string text, DateTimeOffset at);

    Task Cleared();
}

/// <summary>A service of one method.</summary>
public interface IWordCounter
{
    Task<int> CountAsync(string text);
}

internal sealed class Announcer(IHubContext<Room, IRoomClient> hub, TimeProvider clock) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await hub.Clients.All.Said("clock", "Another hour has passed.", clock.GetUtcNow());
        }
    }
}

internal sealed class Doorkeeper(IUserGroups<Room> groups, IPresence<Room> presence, GatewayClient<Room> gateway)
{
    public Task AdmitForADay(string user, string room) => groups.AddToGroupAsync(user, room, TimeSpan.FromDays(1));

    public async Task<bool> Dismiss(string user, string room)
    {
        await groups.RemoveFromGroupAsync(user, room);
        if (!await presence.IsUserHereAsync(user))
        {
            return false;
        }

        await gateway.CloseUserConnectionsAsync(user, reason: "You have been dismissed.");
        return true;
    }
}
