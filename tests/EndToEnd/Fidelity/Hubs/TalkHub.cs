using Microsoft.AspNetCore.SignalR;

namespace Serverless.EndToEnd.Fidelity.Hubs;

/// <summary>Messages to every audience. Messages to all carry the name of the run, so that clients of other runs ignore them.</summary>
public sealed class TalkHub(Announcer announcer) : Hub
{
    public Task All(string run, object? value) => Clients.All.SendAsync("broadcast", run, value);

    public Task AllExcept(string run, string[] except) => Clients.AllExcept(except).SendAsync("broadcast", run, "all except");

    public Task Others(string run) => Clients.Others.SendAsync("broadcast", run, "others");

    public async Task<string> Caller(string text)
    {
        await Clients.Caller.SendAsync("said", text);
        return "sent";
    }

    public Task Client(string connectionId, string text) => Clients.Client(connectionId).SendAsync("said", text);

    public Task ClientsOf(string[] connectionIds, string text) => Clients.Clients(connectionIds).SendAsync("said", text);

    public Task Group(string group, string text) => Clients.Group(group).SendAsync("said", text);

    public Task GroupExcept(string group, string[] except) => Clients.GroupExcept(group, except).SendAsync("said", "group except");

    public Task GroupsOf(string[] groups) => Clients.Groups(groups).SendAsync("said", "groups");

    public Task OthersInGroup(string group) => Clients.OthersInGroup(group).SendAsync("said", "others in group");

    public Task User(string user, string text) => Clients.User(user).SendAsync("said", text);

    public Task UsersOf(string[] users) => Clients.Users(users).SendAsync("said", "users");

    public Task Join(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);

    public Task Leave(string group) => Groups.RemoveFromGroupAsync(Context.ConnectionId, group);

    public Task JoinOther(string connectionId, string group) => Groups.AddToGroupAsync(connectionId, group);

    public async Task JoinAndTalk(string group)
    {
        await Groups.AddToGroupAsync(Context.ConnectionId, group);
        await Clients.Group(group).SendAsync("said", "joined");
        await Groups.RemoveFromGroupAsync(Context.ConnectionId, group);
        await Clients.Group(group).SendAsync("said", "left");
    }

    public async Task EveryKind()
    {
        await Clients.Caller.SendAsync("nothing");
        await Clients.Caller.SendAsync("said", null);
        await Clients.Caller.SendAsync("said", 1.5);
        await Clients.Caller.SendAsync("pair", "first", new[] { 1, 2 });
        await Clients.Caller.SendAsync("parcel", new Parcel("ä🙂", 0.1, long.MaxValue, ["a"], null, Colour.Green));
        await Clients.Caller.SendAsync("moment", new DateTime(2026, 11, 21, 1, 2, 3, 456, DateTimeKind.Utc));
        await Clients.Caller.SendAsync("bytes", new byte[] { 0, 127, 128, 255 });
        await Clients.Caller.SendCoreAsync("ten", [1, "2", 3.5, true, null, 6L, Shade.Dark, Guid.Empty, "ä", new Point(1, 2)]);
    }

    public Task Shapes() => Clients.Caller.SendCoreAsync("shapes", [new Shape[] { new Square(2), new Circle(1) }]);

    public async Task InOrder(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Clients.Caller.SendAsync("said", i);
        }
    }

    public Task Unheard() => Clients.Caller.SendAsync("unheard", 1);

    public Task ByService(string group) => announcer.ToGroupAsync(group);

    public Task ByServiceToClient(string connectionId) => announcer.ToClientAsync(connectionId);

    public Task ByServiceJoin(string connectionId, string group) => announcer.JoinAsync(connectionId, group);

    public Task Settle() => Clients.Caller.SendAsync("settled");
}

/// <summary>Messages through a typed client.</summary>
public sealed class TypedTalkHub(Announcer announcer) : Hub<ITalkClient>
{
    public Task Said(string text) => Clients.Caller.Said(text);

    public Task Pair(string group) => Clients.OthersInGroup(group).Pair("first", [1, 2]);

    public Task Parcel(string user) => Clients.User(user).Parcel(new Parcel("typed", 1, 2, [], null, Colour.Red));

    public Task Nothing(string connectionId) => Clients.Client(connectionId).Nothing();

    public Task Join(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);

    public Task ByService(string group) => announcer.ToTypedGroupAsync(group);

    public Task Settle() => Clients.Caller.Settled();
}

/// <summary>The client of <see cref="TypedTalkHub"/>.</summary>
public interface ITalkClient
{
    [HubMethodName("said")]
    Task Said(object value);

    [HubMethodName("pair")]
    Task Pair(string first, int[] second);

    [HubMethodName("parcel")]
    Task Parcel(Parcel parcel);

    [HubMethodName("nothing")]
    Task Nothing();

    [HubMethodName("settled")]
    Task Settled();
}

/// <summary>A service of the app that sends without a hub.</summary>
public sealed class Announcer(IHubContext<TalkHub> talk, IHubContext<TypedTalkHub, ITalkClient> typed)
{
    public Task ToGroupAsync(string group) => talk.Clients.Group(group).SendAsync("said", "announced");

    public Task ToClientAsync(string connectionId) => talk.Clients.Client(connectionId).SendAsync("said", "announced to one");

    public Task ToTypedGroupAsync(string group) => typed.Clients.Group(group).Pair("announced", [3]);

    public Task JoinAsync(string connectionId, string group) => talk.Groups.AddToGroupAsync(connectionId, group);
}
