using System.Runtime.CompilerServices;
using MessagePack;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Serverless.Hubs;

namespace Serverless.EndToEnd.Systems;

/// <summary>A hub with methods of every kind for the client tests.</summary>
public sealed class Work(IPresence<Work> presence, IUserGroups<Work> userGroups) : Hub
{
    public override Task OnConnectedAsync() => Context.UserIdentifier == "unwelcome"
        ? throw new HubException("Not you.")
        : Clients.Caller.SendAsync("welcome", Context.ConnectionId);

    public override Task OnDisconnectedAsync(Exception? exception) =>
        Clients.Group("watchers").SendAsync("left", Context.ConnectionId, exception?.Message);

    public string ConnectionId() => Context.ConnectionId;

    public async Task<Parcel> Repack(Parcel parcel, int times)
    {
        await Task.Yield();
        return parcel with { Label = string.Concat(Enumerable.Repeat(parcel.Label, times)), Weight = parcel.Weight * times };
    }

    public Task Nothing() => Task.CompletedTask;

    public Caller WhoAmI() => new(
        Context.ConnectionId,
        Context.UserIdentifier,
        Context.User!.Claims.Where(claim => claim.Type == "colour").Select(claim => claim.Value).FirstOrDefault(),
        Context.GetHttpContext()!.Request.Query.TryGetValue("shade", out var shade) ? shade.ToString() : null);

    public void Refuse(string why) => throw new HubException(why);

    public void Break() => throw new InvalidOperationException("The password of the database is 1234.");

    public async Task<string> TellThenAnswer()
    {
        await Clients.Caller.SendAsync("told", "before the answer");
        return "answer";
    }

    public async Task Tell(string whom, string name, string text)
    {
        var clients = whom switch
        {
            "all" => Clients.All,
            "others" => Clients.Others,
            "caller" => Clients.Caller,
            "connection" => Clients.Client(name),
            "user" => Clients.User(name),
            "group" => Clients.Group(name),
            "others in group" => Clients.OthersInGroup(name),
            _ => throw new HubException($"There is no {whom}."),
        };
        await clients.SendAsync("said", text);
    }

    public async IAsyncEnumerable<int> CountTo(int last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            for (var i = 1; i <= last; i++)
            {
                yield return i;
                await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
            }

            if (last < 0)
            {
                throw new HubException("Below zero.");
            }
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested)
            {
                await Clients.Caller.SendAsync("said", "stopped", CancellationToken.None);
            }
        }
    }

    public async Task<string> AskMe(string question)
    {
        try
        {
            return await Clients.Caller.InvokeAsync<string>("answer", question, Context.ConnectionAborted);
        }
        catch (Exception exception) when (exception is HubException or IOException or TimeoutException)
        {
            throw new HubException($"{exception.GetType().Name}: {exception.Message}");
        }
    }

    public async Task<string[]> WhoIsIn(string group) =>
        [.. await presence.InGroupAsync(group).Select(member => member.ConnectionId).ToListAsync()];

    public Task<bool> IsUserHere(string user) => presence.IsUserHereAsync(user);

    [Authorize(Policy = "green")]
    public string OnlyGreen() => "green";

    public Task JoinGroup(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);

    public Task LeaveGroup(string group) => Groups.RemoveFromGroupAsync(Context.ConnectionId, group);

    public Task JoinGroupAsUser(string group) => userGroups.AddToGroupAsync(Context.UserIdentifier!, group);

    public Task LeaveGroupAsUser(string group) => userGroups.RemoveFromGroupAsync(Context.UserIdentifier!, group);
}

/// <summary>An argument and a result with members of several kinds.</summary>
[MessagePackObject]
public sealed record Parcel(
    [property: Key("label")] string Label,
    [property: Key("weight")] double Weight,
    [property: Key("number")] long Number,
    [property: Key("contents")] string[] Contents,
    [property: Key("sent")] DateTimeOffset? Sent);

/// <summary>The caller as the hub identifies it.</summary>
[MessagePackObject]
public sealed record Caller(
    [property: Key("connectionId")] string ConnectionId,
    [property: Key("user")] string? User,
    [property: Key("colour")] string? Colour,
    [property: Key("shade")] string? Shade);
