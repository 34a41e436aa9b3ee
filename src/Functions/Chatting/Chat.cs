using Microsoft.AspNetCore.SignalR;
using Serverless.Hubs;

namespace Serverless.Functions.Chatting;

/// <summary>The chat's hub: rooms, direct messages and presence. Each public method may be called by a page.</summary>
/// <remarks>
/// The hub keeps no state between two calls, so it runs in any number of function instances and may be restarted at any time.
/// Rooms are groups, which the gateway keeps. Pages keep the list of people: each announces itself when it connects, every few
/// seconds, and to a newcomer on request. The number of messages every fifteen seconds is the square of the people present: this
/// works for some hundred people. A larger crowd needs a store that the function instances share.
/// </remarks>
public sealed class Chat : Hub<IChatClient>
{
    private const int MaxRoomLength = 60;
    private const int MaxTextLength = 4000;

    private readonly IPresence<Chat> _presence;
    private readonly TimeProvider _time;

    /// <summary>Initializes a new instance for one call.</summary>
    public Chat(IPresence<Chat> presence, TimeProvider time)
    {
        _presence = presence;
        _time = time;
    }

    private string Name => UserName.FromId(Context.UserIdentifier);

    /// <summary>Refuses clients without a name; their tokens were not issued by this app's negotiate.</summary>
    public override Task OnConnectedAsync() =>
        UserName.IsValid(Name) ? Task.CompletedTask : throw new HubException("The chat needs a user's name.");

    /// <summary>Reports that the caller has left.</summary>
    public override Task OnDisconnectedAsync(Exception? exception) => Clients.All.Gone(Context.ConnectionId);

    /// <summary>Announces the caller to the others, and asks them on request to introduce themselves to the caller.</summary>
    public Task Announce(string[] rooms, bool introduceYourselves) => Clients.Others.Here(Caller(rooms), introduceYourselves);

    /// <summary>Announces the caller to one newcomer.</summary>
    public Task Introduce(string connectionId, string[] rooms) => Clients.Client(connectionId).Here(Caller(rooms), false);

    /// <summary>Joins a room and notifies its members, except after a reconnect (<paramref name="again"/>).</summary>
    public async Task Join(string room, bool again)
    {
        CheckRoom(room);
        await Groups.AddToGroupAsync(Context.ConnectionId, room);
        if (!again)
        {
            await Clients.Group(room).Joined(Caller([]), room);
        }
    }

    /// <summary>Leaves a room and notifies the remaining members.</summary>
    public async Task Leave(string room)
    {
        CheckRoom(room);
        await Groups.RemoveFromGroupAsync(Context.ConnectionId, room);
        await Clients.Group(room).Left(Caller([]), room);
    }

    /// <summary>Sends a text to everyone in a room, including the caller.</summary>
    public Task Say(string room, string text)
    {
        CheckRoom(room);
        return Clients.Group(room).Said(new RoomMessage(room, Name, CheckText(text), _time.GetUtcNow()));
    }

    /// <summary>Sends a text to one user, on all of the user's connections and on the caller's own.</summary>
    public async Task Whisper(string to, string text)
    {
        var message = new DirectMessage(Name, to, CheckText(text), _time.GetUtcNow());
        var id = UserName.ToId(to);
        if (!UserName.IsValid(to) || !await _presence.IsUserHereAsync(id))
        {
            throw new HubException($"{to} is not here.");
        }

        await Clients.User(id).Whispered(message);
        if (to != Name)
        {
            await Clients.User(UserName.ToId(Name)).Whispered(message);
        }
    }

    private Person Caller(string[] rooms) => new(Context.ConnectionId, Name, rooms);

    private static void CheckRoom(string room)
    {
        if (string.IsNullOrWhiteSpace(room) || room.Length > MaxRoomLength)
        {
            throw new HubException($"A room's name has 1 to {MaxRoomLength} characters.");
        }
    }

    private static string CheckText(string text) => string.IsNullOrWhiteSpace(text) || text.Length > MaxTextLength
        ? throw new HubException($"A message has 1 to {MaxTextLength} characters.")
        : text;
}
