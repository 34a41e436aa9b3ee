using Microsoft.AspNetCore.Builder;
using Serverless.Hubs;

namespace Serverless.EndToEnd.Documents;

/// <summary>The README's sample, compiled: <see cref="DocumentsTests"/> compares the two.</summary>
internal static class ReadmeSample
{
    public static void Run(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddServerlessHubs().AddHub<Chat>();

        var app = builder.Build();
        app.MapHubUpstream("/api/upstream/{hub}/{category}/{event}");
        app.MapHubNegotiate<Chat>("/api/negotiate", context => new NegotiateOptions { UserId = context.Request.Query["user"] });
        app.Run();
    }
}

/// <summary>The README's hub.</summary>
public sealed class Chat : Hub
{
    public Task Join(string room) => Groups.AddToGroupAsync(Context.ConnectionId, room);

    public Task Say(string room, string text) => Clients.Group(room).SendAsync("said", Context.UserIdentifier, text);
}
