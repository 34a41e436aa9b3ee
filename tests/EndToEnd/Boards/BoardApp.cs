using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Hubs;

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
        builder.Services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, BearerAuthentication>("Bearer", null);
        builder.Services
            .AddServerlessHubs(options =>
            {
                options.ConnectionString = connectionString;
                options.Json.TypeInfoResolverChain.Insert(0, BoardJson.Default);
                options.Json.Converters.Add(new JsonStringEnumConverter<Ink>());
            })
            .AddHub<BoardHub>()
            .AddFilter<AuditFilter>();
        builder.Services.AddSingleton<Notes>().AddScoped<UnitOfWork>().AddSingleton<Audit>();
    }

    private static void Map(WebApplication app)
    {
        app.MapHubUpstream("/upstream/{hub}/{category}/{event}");
        app.MapHubNegotiate<BoardHub>("/platform/negotiate", context => NegotiateOptions.ForUser(PlatformPrincipal.Read(context.Request)));
        app.MapHubNegotiate<BoardHub>("/bearer/negotiate", context => NegotiateOptions.ForUser(context.User));
    }
}
