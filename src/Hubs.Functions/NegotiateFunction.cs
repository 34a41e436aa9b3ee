using System.Collections.Concurrent;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Configuration;
using Serverless.Hubs.Negotiation;
using Serverless.Hubs.Registration;

namespace Serverless.Hubs.Functions;

/// <summary>
/// Answers negotiate requests as the endpoint of <c>MapServerlessHub</c> does. A function app has no pipeline of ASP.NET Core middleware, so
/// the framework's authentication and authorization run here, for an endpoint with the attributes of the hub class.
/// </summary>
internal sealed class NegotiateFunction
{
    // App Service and Functions set it where their built-in authentication is turned on.
    private const string PlatformAuthentication = "WEBSITE_AUTH_ENABLED";

    private readonly ConcurrentDictionary<IServerlessHub, Endpoint> _endpoints = new();
    private readonly NegotiateHandler _negotiate;
    private readonly bool _hasPlatformAuthentication;
    private readonly AuthenticationMiddleware _authentication;
    private readonly AuthorizationMiddleware _authorization;

    public NegotiateFunction(
        NegotiateHandler negotiate,
        IAuthenticationSchemeProvider schemes,
        IAuthorizationPolicyProvider policies,
        IServiceProvider services,
        IConfiguration configuration)
    {
        _negotiate = negotiate;
        _hasPlatformAuthentication = string.Equals(configuration[PlatformAuthentication], "true", StringComparison.OrdinalIgnoreCase);
        _authorization = new AuthorizationMiddleware(static context => context.GetEndpoint()!.RequestDelegate!(context), policies, services);
        _authentication = new AuthenticationMiddleware(AuthorizeAsync, schemes);
    }

    public Task HandleAsync(HttpContext context, IServerlessHub hub)
    {
        context.SetEndpoint(_endpoints.GetOrAdd(hub, EndpointOf));
        return _authentication.Invoke(context);
    }

    private Task AuthorizeAsync(HttpContext context)
    {
        if (_hasPlatformAuthentication && context.User.Identity?.IsAuthenticated != true && PlatformPrincipal.Read(context.Request) is { } user)
        {
            context.User = user;
        }

        return _authorization.Invoke(context);
    }

    private Endpoint EndpointOf(IServerlessHub hub) => new(
        context => _negotiate.HandleAsync(context, hub.HubType, hub.Name, hub.EnableDetailedErrors),
        new EndpointMetadataCollection([.. hub.HubType.GetCustomAttributes(inherit: true), new HubMetadata(hub.HubType)]),
        $"{hub.HubType.Name} negotiate");
}
