using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.AspNetCore;
using Serverless.Hubs.Descriptors;

namespace Serverless.Hubs;

/// <summary>Maps the routes of a hub app.</summary>
public static class HubEndpoints
{
    /// <summary>
    /// Maps where the gateway's upstream template points, for every hub. The route may name <c>{hub}</c>, <c>{category}</c> and
    /// <c>{event}</c>: they are for routing, the request's headers say what it is, and where the two disagree the answer is 400.
    /// </summary>
    public static IEndpointConventionBuilder MapHubUpstream(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern)
    {
        var dispatcher = endpoints.ServiceProvider.GetRequiredService<UpstreamDispatcher>();
        var options = endpoints.ServiceProvider
            .GetRequiredService<Microsoft.Extensions.Options.IOptions<ServerlessHubsOptions>>().Value;
        return endpoints.MapPost(pattern, context => HubUpstreamEndpoint.HandleAsync(context, dispatcher, options.MaxBodyBytes));
    }

    /// <summary>Maps negotiate for one hub. The route must end in <c>/negotiate</c>, as clients add that themselves.</summary>
    /// <param name="endpoints">The app's routes.</param>
    /// <param name="pattern">The route.</param>
    /// <param name="negotiate">Says who the client is; null refuses it with 401.</param>
    public static IEndpointConventionBuilder MapHubNegotiate<THub>(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Func<HttpContext, ValueTask<NegotiateOptions?>> negotiate)
        where THub : Hub => Map(endpoints, pattern, HubDescriptor.Of(typeof(THub)).Name, negotiate);

    /// <inheritdoc cref="MapHubNegotiate{THub}(IEndpointRouteBuilder, string, Func{HttpContext, ValueTask{NegotiateOptions?}})"/>
    public static IEndpointConventionBuilder MapHubNegotiate<THub>(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, Func<HttpContext, NegotiateOptions?> negotiate)
        where THub : Hub =>
        Map(endpoints, pattern, HubDescriptor.Of(typeof(THub)).Name, context => ValueTask.FromResult(negotiate(context)));

    /// <summary>Maps negotiate for the hub that <see cref="NegotiateOptions.Hub"/> names.</summary>
    /// <param name="endpoints">The app's routes.</param>
    /// <param name="pattern">The route.</param>
    /// <param name="negotiate">Says who the client is and for which hub; null refuses it with 401.</param>
    public static IEndpointConventionBuilder MapHubNegotiate(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Func<HttpContext, ValueTask<NegotiateOptions?>> negotiate) => Map(endpoints, pattern, hub: null, negotiate);

    /// <inheritdoc cref="MapHubNegotiate(IEndpointRouteBuilder, string, Func{HttpContext, ValueTask{NegotiateOptions?}})"/>
    public static IEndpointConventionBuilder MapHubNegotiate(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, Func<HttpContext, NegotiateOptions?> negotiate) =>
        Map(endpoints, pattern, hub: null, context => ValueTask.FromResult(negotiate(context)));

    private static IEndpointConventionBuilder Map(
        IEndpointRouteBuilder endpoints, string pattern, string? hub, Func<HttpContext, ValueTask<NegotiateOptions?>> negotiate)
    {
        var negotiator = endpoints.ServiceProvider.GetRequiredService<Negotiator>();
        return endpoints.MapPost(pattern, context => HubNegotiateEndpoint.HandleAsync(context, negotiator, hub, negotiate));
    }
}
