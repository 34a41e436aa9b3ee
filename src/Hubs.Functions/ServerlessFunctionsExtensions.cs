using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serverless.Hubs;
using Serverless.Hubs.Functions;

namespace Microsoft.Extensions.Hosting;

/// <summary>Provides the extension method that adds hubs to a function app.</summary>
public static class ServerlessFunctionsExtensions
{
    /// <summary>
    /// Adds SignalR with hubs behind the gateway to a function app. Each hub that is added to the result has functions for negotiate and for the
    /// gateway's upstream requests; the app contains no function class for them.
    /// </summary>
    /// <param name="builder">The function app's builder.</param>
    /// <param name="configure">Configures the options of <c>AddServerless</c>, such as the connection string and negotiate.</param>
    /// <returns>A builder that adds hubs.</returns>
    /// <remarks>
    /// The functions work with <c>ConfigureFunctionsWebApplication()</c>, where a streaming method's items are sent as they come, and with the
    /// built-in HTTP types, where the host sends them when the method has ended.
    /// </remarks>
    public static ServerlessHubsBuilder AddServerlessHubs(
        this IFunctionsWorkerApplicationBuilder builder, Action<ServerlessHubsOptions>? configure = null)
    {
        var services = builder.Services;
        var signalR = services.AddSignalR().AddServerless(configure);

        // It replaces the framework's own handler, but not one of the app.
        if (services.FirstOrDefault(static service => service.ImplementationType == typeof(AuthorizationMiddlewareResultHandler)) is { } own)
        {
            services.Remove(own);
        }

        services.TryAddSingleton<IAuthorizationMiddlewareResultHandler, NegotiateRefusal>();
        services.AddAuthenticationCore();
        services.TryAddSingleton<HubFunctionTable>();
        services.TryAddSingleton<HubFunctionExecutor>();
        services.TryAddSingleton<NegotiateFunction>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IFunctionMetadataTransformer, HubFunctionMetadata>());
        if (services.All(static service => service.ImplementationType != typeof(HubFunctionsStart)))
        {
            services.AddHostedService<HubFunctionsStart>();
            builder.UseMiddleware<HubFunctionMiddleware>();
        }

        return new ServerlessHubsBuilder(signalR);
    }
}
