using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Serverless.Gateway.Listening;

/// <summary>Registers this room's services, and reports the start and end of each request to <see cref="AcceptedSockets"/>.</summary>
internal static class ListeningServices
{
    /// <summary>
    /// Registers the listener. Call this after the registration of Kestrel's own transport, because Kestrel uses the last factory that can
    /// bind an endpoint.
    /// </summary>
    public static IServiceCollection AddListening(this IServiceCollection services)
    {
        services.AddSingleton<AcceptedSockets>();
        services.AddHostedService(static provider => provider.GetRequiredService<AcceptedSockets>());
        services.AddSingleton<SocketMetrics>();
        services.AddSingleton<IConnectionListenerFactory, GatewayListenerFactory>();
        return services;
    }

    /// <summary>Keeps a socket out of line while a request runs on it.</summary>
    public static void UseSocketLine(this IApplicationBuilder app)
    {
        var sockets = app.ApplicationServices.GetRequiredService<AcceptedSockets>();
        app.Use(next => async context =>
        {
            if (context.Features.Get<IConnectionSocketFeature>()?.Socket is not AcceptedSocket socket)
            {
                await next(context);
                return;
            }

            sockets.Began(socket);
            try
            {
                await next(context);
            }
            finally
            {
                sockets.Ended(socket);
            }
        });
    }
}
