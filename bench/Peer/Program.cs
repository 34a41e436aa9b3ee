using Microsoft.AspNetCore.SignalR;
using Serverless.Peer;

// The reference: a typical ASP.NET Core SignalR server, with default settings, whose logic lives behind HTTP.
var builder = WebApplication.CreateBuilder(args);
var settings = builder.Configuration.GetSection("Peer").Get<PeerSettings>() ?? new PeerSettings();
builder.Services.AddSignalR();
builder.Services.AddSingleton(settings);
builder.Services.AddSingleton(new HttpClient { BaseAddress = settings.Upstream });

var app = builder.Build();
app.MapHub<RelayHub>("/hub");
app.MapGet("/health", () => Results.Ok());
app.MapPost("/broadcast", async (Broadcast broadcast, IHubContext<RelayHub> hub) =>
{
    await hub.Clients.All.SendCoreAsync(broadcast.Target, broadcast.Arguments);
    return Results.Accepted();
});

await app.StartAsync();
Console.WriteLine($"Listening on {string.Join(' ', app.Urls)}");
await app.WaitForShutdownAsync();
