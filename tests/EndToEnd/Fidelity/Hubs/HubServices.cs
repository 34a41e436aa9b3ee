using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.EndToEnd.Fidelity.Hubs;

/// <summary>The services of the hub classes, the same for every backend. This folder uses nothing but ASP.NET Core.</summary>
internal static class HubServices
{
    /// <summary>Adds authentication, authorization, the hubs' services and SignalR with the options of each hub.</summary>
    public static ISignalRServerBuilder AddFidelityHubs(this IServiceCollection services)
    {
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ClaimsAuthentication>(ClaimsAuthentication.Scheme, null);
        services.AddAuthorizationBuilder()
            .AddPolicy("blue", policy => policy.RequireClaim("colour", "blue"))
            .AddPolicy("small", policy => policy.AddRequirements(new SmallNumberRequirement()));
        services.AddSingleton<IUserIdProvider, OwnUserIdProvider>();
        services.AddScoped<Till>().AddSingleton<Ledger>().AddSingleton<Announcer>();
        services.AddKeyedSingleton<IPaint>("red", new Paint("red paint")).AddKeyedSingleton<IPaint>("blue", new Paint("blue paint"));
        return services.AddSignalR(options =>
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
            });
    }
}

/// <summary>Identifies a user by a claim of the app's own, and otherwise as ASP.NET Core does.</summary>
internal sealed class OwnUserIdProvider : DefaultUserIdProvider
{
    public override string? GetUserId(HubConnectionContext connection) => connection.User.FindFirst("uid")?.Value ?? base.GetUserId(connection);
}
