using Microsoft.AspNetCore.SignalR;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Chatting;

namespace Serverless.Functions.Announcing;

/// <summary>The function that passes announcements from a storage queue to the chat.</summary>
internal sealed class Announcements(IHubContext<Chat, IChatClient> chat, TimeProvider time)
{
    [Function("announcements")]
    public Task Run([QueueTrigger("announcements")] Announcement announcement) =>
        chat.Clients.Group(announcement.Room).Said(new RoomMessage(announcement.Room, announcement.From, announcement.Text, time.GetUtcNow()));
}

/// <summary>A message in the queue: <c>{"room":"lobby","from":"Operator","text":"…"}</c>.</summary>
/// <param name="Room">The room to announce it in.</param>
/// <param name="From">The name that the page shows as the sender.</param>
/// <param name="Text">The text.</param>
internal sealed record Announcement(string Room, string From, string Text);
