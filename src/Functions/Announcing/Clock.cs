using Microsoft.AspNetCore.SignalR;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Chatting;

namespace Serverless.Functions.Announcing;

/// <summary>The function that announces each full hour in the lobby: a timer that sends to the clients of the chat.</summary>
internal sealed class Clock(IHubContext<Chat, IChatClient> chat, TimeProvider time)
{
    private const string Room = "lobby";

    [Function("clock")]
    public Task Run([TimerTrigger("0 0 * * * *")] TimerInfo timer)
    {
        var now = time.GetUtcNow();
        return chat.Clients.Group(Room).Said(new RoomMessage(Room, "Clock", $"It is {now:HH:mm} UTC.", now));
    }
}
