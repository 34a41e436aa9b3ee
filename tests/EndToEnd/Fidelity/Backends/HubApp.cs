using System.Reflection;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.EndToEnd.Fidelity.Hubs;

namespace Serverless.EndToEnd.Fidelity.Backends;

/// <summary>The app with the hub classes of the table, the same for every backend but for the lines that a backend adds.</summary>
internal static class HubApp
{
    /// <summary>All hub classes of the table.</summary>
    public static IReadOnlyList<Type> Hubs { get; } =
    [
        .. typeof(HubApp).Assembly.GetTypes().Where(
            type => type.Namespace == typeof(ValuesHub).Namespace && typeof(Hub).IsAssignableFrom(type) && !type.IsAbstract),
    ];

    /// <summary>Creates the app.</summary>
    /// <param name="configure">Adds what the backend needs to SignalR.</param>
    /// <param name="map">Maps a hub at a path.</param>
    public static WebApplication Create(Action<ISignalRServerBuilder> configure, IHubMap map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ClaimsAuthentication>(ClaimsAuthentication.Scheme, null);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy("blue", policy => policy.RequireClaim("colour", "blue"))
            .AddPolicy("small", policy => policy.AddRequirements(new SmallNumberRequirement()));
        builder.Services.AddSingleton<IUserIdProvider, OwnUserIdProvider>();
        builder.Services.AddScoped<Till>().AddSingleton<Ledger>().AddSingleton<Announcer>();
        builder.Services.AddKeyedSingleton<IPaint>("red", new Paint("red paint")).AddKeyedSingleton<IPaint>("blue", new Paint("blue paint"));
        configure(builder.Services.AddSignalR(options =>
            {
                options.MaximumReceiveMessageSize = 1_000_000;
                options.AddFilter<GlobalFilter>();
            })
            .AddMessagePackProtocol()
            .AddHubOptions<DetailedErrorsHub>(options => options.EnableDetailedErrors = true)
            .AddHubOptions<SerialHub>(options => options.EnableDetailedErrors = true)
            .AddHubOptions<SmallHub>(options => options.MaximumReceiveMessageSize = 4096)
            .AddHubOptions<FilteredHub>(options => options.AddFilter<HubFilter>())
            .AddHubOptions<TypedResultsHub>(options => options.MaximumParallelInvocationsPerClient = 10)
            .AddHubOptions<ResultsHub>(options =>
            {
                options.MaximumParallelInvocationsPerClient = 10;
                options.EnableDetailedErrors = true;
            }));

        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        foreach (var hub in Hubs)
        {
            MapMethod.MakeGenericMethod(hub).Invoke(map, [app, FidelityCase.PathOf(hub)]);
        }

        return app;
    }

    private static MethodInfo MapMethod { get; } = typeof(IHubMap).GetMethod(nameof(IHubMap.Map))!;
}

/// <summary>Maps hubs as a backend does.</summary>
internal interface IHubMap
{
    void Map<THub>(WebApplication app, string path)
        where THub : Hub;
}

/// <summary>Identifies a user by a claim of the app's own, and otherwise as ASP.NET Core does.</summary>
internal sealed class OwnUserIdProvider : DefaultUserIdProvider
{
    public override string? GetUserId(HubConnectionContext connection) => connection.User.FindFirst("uid")?.Value ?? base.GetUserId(connection);
}
