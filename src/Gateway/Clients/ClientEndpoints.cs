using Microsoft.AspNetCore.Cors.Infrastructure;
using Serverless.Gateway.Clients.WebSockets;

namespace Serverless.Gateway.Clients;

/// <summary>Registers this room's services and maps <c>/client</c>.</summary>
internal static class ClientEndpoints
{
    public static IServiceCollection AddClients(this IServiceCollection services)
    {
        services.AddCors();
        services.AddSingleton<ClientAdmission>();
        services.AddSingleton<HubSessionServices>();
        services.AddSingleton<WebSocketConnector>();
        services.AddSingleton<WebSocketFront>();
        services.AddSingleton<FirstByteTimeout>();
        services.AddHostedService(static provider => provider.GetRequiredService<FirstByteTimeout>());
        return services;
    }

    public static void MapClients(this IEndpointRouteBuilder app)
    {
        var admission = app.ServiceProvider.GetRequiredService<ClientAdmission>();
        var connector = app.ServiceProvider.GetRequiredService<WebSocketConnector>();

        // Any origin by default, with credentials, as the emulator: the browser client sends them, and "*" would not do.
        void Cors(CorsPolicyBuilder policy) => policy
            .SetIsOriginAllowed(admission.IsOriginAllowed)
            .AllowAnyHeader()
            .AllowAnyMethod()
            .AllowCredentials();

        app.MapPost("/client/negotiate", context => NegotiateEndpoint.HandleAsync(context, admission)).RequireCors(Cors);
        app.MapGet("/client", context => WebSocketEndpoint.HandleAsync(context, admission, connector)).RequireCors(Cors);
    }
}
