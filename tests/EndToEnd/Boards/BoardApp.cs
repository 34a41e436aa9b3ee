using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.EndToEnd.Boards;

/// <summary>The app of <c>docs/hubs.md</c>, on real Kestrel.</summary>
internal static class BoardApp
{
    public static async Task<WebApplication> StartAsync(string connectionString)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        Add(builder, connectionString);
        var app = builder.Build();
        Map(app);
        await app.StartAsync();
        return app;
    }

    private static void Add(WebApplicationBuilder builder, string connectionString)
    {
        builder.Services.AddAuthentication("Any")
            .AddPolicyScheme("Any", null, any => any.ForwardDefaultSelector = static context =>
                context.Request.Headers.Authorization.Count > 0 ? "Bearer" : PlatformAuthenticationExtensions.Scheme)
            .AddPlatform()
            .AddScheme<AuthenticationSchemeOptions, BearerAuthentication>("Bearer", null);
        builder.Services.AddSingleton<IUserIdProvider, BoardUserId>();
        builder.Services
            .AddSignalR(options =>
            {
                options.AddFilter<AuditFilter>();
                options.MaximumParallelInvocationsPerClient = 2; // Remove asks its caller
            })
            .AddJsonProtocol(options => options.PayloadSerializerOptions.Converters.Add(new JsonStringEnumConverter<Ink>()))
            .AddServerless(options => options.ConnectionString = connectionString);
        builder.Services.AddAuthorization();
        builder.Services.AddSingleton<Notes>().AddScoped<UnitOfWork>().AddSingleton<Audit>();
    }

    private static void Map(WebApplication app)
    {
        app.MapServerlessHub<Board>("/board");
    }
}
