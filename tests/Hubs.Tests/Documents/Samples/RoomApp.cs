using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Documents.Samples;

/// <summary>The app of <c>docs/hubs.md</c>.</summary>
internal static class RoomApp
{
    public static async Task<WebApplication> StartAsync(string gateway)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(TimeProvider.System).AddHostedService<Announcer>().AddSingleton<Doorkeeper>();
        builder.Services.AddKeyedSingleton<IWordCounter, SpaceCounter>("english");
        builder.Services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, TestAuthentication>("Test", null);
        Add(builder, gateway);
        var app = builder.Build();
        app.MapServerlessHub<Room>("/room").RequireAuthorization();
        await app.StartAsync();
        return app;
    }

    private static void Add(WebApplicationBuilder builder, string gateway)
    {
        builder.Services.AddSingleton<IUserIdProvider, ByNickname>();
        builder.Services.AddSignalR().AddMessagePackProtocol().AddServerless(options =>
        {
            options.ConnectionString = $"Endpoint={gateway};AccessKey={HubHost.Key};Version=1.0;";
            options.OnNegotiate = context =>
            {
                if (context.Options.UserId is null)
                {
                    context.Refuse(StatusCodes.Status403Forbidden, "Choose a nickname first.");
                }

                context.Options.Lifetime = TimeSpan.FromMinutes(10);
                return ValueTask.CompletedTask;
            };
        });
    }

    private sealed class ByNickname : IUserIdProvider
    {
        public string? GetUserId(HubConnectionContext connection) => connection.User.FindFirst("nick")?.Value;
    }

    private sealed class SpaceCounter : IWordCounter
    {
        public Task<int> CountAsync(string text) => Task.FromResult(text.Split(' ').Length);
    }
}
