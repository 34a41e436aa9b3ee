using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Hubs;
using Serverless.Hubs.AspNetCore;
using Serverless.Hubs.Execution;
using Serverless.Hubs.Negotiation;
using Serverless.Hubs.Registration;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Provides extension methods that map the endpoints of hubs behind the gateway.</summary>
public static class ServerlessHubEndpoints
{
    /// <summary>Maps a hub: its negotiate endpoint, and the endpoint that receives the gateway's upstream requests for it.</summary>
    /// <typeparam name="THub">The hub.</typeparam>
    /// <param name="endpoints">The endpoint route builder.</param>
    /// <param name="pattern">The hub's route, as clients are given it.</param>
    /// <returns>A builder that customizes the negotiate endpoint, such as by <c>RequireAuthorization</c> or <c>RequireCors</c>.</returns>
    /// <remarks>
    /// Clients negotiate at <c>{pattern}/negotiate</c>, where the app's authentication and the <c>[Authorize]</c> attributes of the hub class
    /// decide. The gateway's upstream template is <c>https://app/{pattern}/upstream/{category}/{event}</c>; requests without the gateway's
    /// signature are refused.
    /// </remarks>
    /// <exception cref="InvalidOperationException"><c>AddServerless</c> has not been called, or another hub has the same name.</exception>
    /// <exception cref="NotSupportedException">A method of the hub takes a stream from the client.</exception>
    public static IEndpointConventionBuilder MapServerlessHub<[DynamicallyAccessedMembers(HubMembers.Needed)] THub>(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern)
        where THub : Hub
    {
        var services = endpoints.ServiceProvider;
        var catalog = services.GetService<HubCatalog>() ?? throw new InvalidOperationException(
            "AddServerless() is missing: write services.AddSignalR().AddServerless().");
        var hub = services.GetRequiredService<ServerlessHub<THub>>();
        catalog.Add(hub);

        var prefix = pattern.TrimEnd('/');
        endpoints.MapServerlessUpstream(prefix + "/upstream/{category?}/{event?}").WithDisplayName($"{typeof(THub).Name} upstream");
        endpoints.MapPost(prefix + "/refresh", RefreshAsync).AllowAnonymous().ExcludeFromDescription();

        var negotiate = services.GetRequiredService<NegotiateHandler>();
        return endpoints
            .MapPost(prefix + "/negotiate", context => negotiate.HandleAsync(context, typeof(THub), hub.Name, hub.EnableDetailedErrors))
            .WithDisplayName($"{typeof(THub).Name} negotiate")
            .WithMetadata([.. typeof(THub).GetCustomAttributes(inherit: true), new HubMetadata(typeof(THub))]);
    }

    /// <summary>
    /// Maps a route that receives the gateway's upstream requests for every mapped hub, for a template such as
    /// <c>https://app/api/upstream/{hub}/{category}/{event}</c>.
    /// </summary>
    /// <param name="endpoints">The endpoint route builder.</param>
    /// <param name="pattern">The route that the gateway's upstream template points to.</param>
    /// <returns>A builder that customizes the endpoint.</returns>
    /// <remarks>
    /// The route may contain the parameters <c>{hub}</c>, <c>{category}</c> and <c>{event}</c>. The request's headers decide which hub and
    /// event a request is for; a request whose route values differ from its headers is answered with 400.
    /// </remarks>
    public static IEndpointConventionBuilder MapServerlessUpstream(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern)
    {
        var dispatcher = endpoints.ServiceProvider.GetRequiredService<UpstreamDispatcher>();
        var options = endpoints.ServiceProvider.GetRequiredService<IOptions<ServerlessHubsOptions>>().Value;
        return endpoints
            .MapPost(pattern, context => HubUpstreamEndpoint.HandleAsync(context, dispatcher, options.MaxBodyBytes))
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    // Clients of .NET 11 ask for a refresh when they know that the sign-in expires     docs/contract/authentication-refresh.md#refresh-endpoint-of-the-app
    private static Task RefreshAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("""{"error":"refresh_disabled"}""", context.RequestAborted);
    }
}
