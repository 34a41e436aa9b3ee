using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.AspNetCore;
using Serverless.Hubs.Descriptors;

namespace Serverless.Hubs;

/// <summary>Provides extension methods that map the endpoints of a hub app.</summary>
public static class HubEndpoints
{
    /// <summary>Maps the endpoint that receives the gateway's upstream requests for every hub.</summary>
    /// <param name="endpoints">The endpoint route builder.</param>
    /// <param name="pattern">The route that the gateway's upstream template points to.</param>
    /// <returns>A builder that customizes the endpoint.</returns>
    /// <remarks>
    /// The route may contain the parameters <c>{hub}</c>, <c>{category}</c> and <c>{event}</c>. The request's headers decide which hub and
    /// event a request is for; a request whose route values differ from its headers is answered with 400.
    /// </remarks>
    public static IEndpointConventionBuilder MapHubUpstream(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern)
    {
        var dispatcher = endpoints.ServiceProvider.GetRequiredService<UpstreamDispatcher>();
        var options = endpoints.ServiceProvider
            .GetRequiredService<Microsoft.Extensions.Options.IOptions<ServerlessHubsOptions>>().Value;
        return endpoints.MapPost(pattern, context => HubUpstreamEndpoint.HandleAsync(context, dispatcher, options.MaxBodyBytes));
    }

    /// <summary>Maps the negotiate endpoint of one hub.</summary>
    /// <typeparam name="THub">The hub.</typeparam>
    /// <param name="endpoints">The endpoint route builder.</param>
    /// <param name="pattern">The route. It must end in <c>/negotiate</c>, because clients append that segment to the hub's URL.</param>
    /// <param name="negotiate">Returns the options for the client's connection, or null to refuse the client with 401.</param>
    /// <returns>A builder that customizes the endpoint.</returns>
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

    /// <summary>Maps a negotiate endpoint for the hub that <see cref="NegotiateOptions.Hub"/> names.</summary>
    /// <param name="endpoints">The endpoint route builder.</param>
    /// <param name="pattern">The route. It must end in <c>/negotiate</c>, because clients append that segment to the hub's URL.</param>
    /// <param name="negotiate">Returns the options for the client's connection, hub included, or null to refuse the client with 401.</param>
    /// <returns>A builder that customizes the endpoint.</returns>
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
