using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Endpoints;
using Serverless.Gateway.Clients.Relay;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Clients.Transports;
using Serverless.Gateway.Clients.Transports.LongPolling;
using Serverless.Gateway.Clients.Transports.ServerSentEvents;
using Serverless.Gateway.Clients.Transports.WebSockets;
using Serverless.Gateway.Routing;

namespace Serverless.Gateway.Clients;

/// <summary>Registers this room's services and maps <c>/client</c>.</summary>
internal static class ClientEndpoints
{
    public static IServiceCollection AddClients(this IServiceCollection services)
    {
        services.AddCors();
        services.AddSingleton<ClientCapacity>();
        services.AddSingleton<HubSessionServices>();
        services.AddSingleton<HttpSessions>();
        services.AddSingleton<StatefulSessions>();

        services.AddSingleton<AllowedOrigins>();
        services.AddSingleton<AdmissionControl>();
        services.AddSingleton<ClientAuthenticator>();
        services.AddSingleton<ConnectionIds>();
        services.AddSingleton<SessionLookup>();

        services.AddSingleton<ClientConnectionFactory>();
        services.AddSingleton<WebSocketConnector>();
        services.AddSingleton<EventStreams>();
        services.AddSingleton<PollingClients>();
        services.AddHostedService(static provider => provider.GetRequiredService<PollingClients>());

        services.AddSingleton<ClientRelay>();
        services.AddSingleton<SocketRelay>();
        services.AddSingleton<RelayedSockets>();
        services.AddSingleton<IClientRequests, RelayedRequests>();

        services.AddSingleton<ClientCors>();
        services.AddSingleton<NegotiateEndpoint>();
        services.AddSingleton<GetEndpoint>();
        services.AddSingleton<SendEndpoint>();
        services.AddSingleton<EventStreamEndpoint>();
        services.AddSingleton<PollEndpoint>();
        services.AddSingleton<WebSocketEndpoint>();
        services.AddSingleton<WebSocketAdmission>();
        services.AddSingleton<WebSocketRunner>();
        services.AddSingleton<WebSocketFront>();
        return services;
    }

    /// <summary>Applies CORS to every client route, and refuses requests whose headers no response can repeat.</summary>
    public static void UseClientCors(this WebApplication app) => app.Services.GetRequiredService<ClientCors>().Use(app);

    public static void MapClients(this IEndpointRouteBuilder app)
    {
        var negotiate = app.ServiceProvider.GetRequiredService<NegotiateEndpoint>();
        var get = app.ServiceProvider.GetRequiredService<GetEndpoint>();
        var send = app.ServiceProvider.GetRequiredService<SendEndpoint>();

        app.MapPost("/client/negotiate", (RequestDelegate)negotiate.HandleAsync);

        // The duration of a poll or of an event stream does not measure the gateway's speed.
        app.MapGet("/client", (RequestDelegate)get.HandleAsync).DisableHttpMetrics();
        app.MapPost("/client", (RequestDelegate)send.PostAsync);
        app.MapDelete("/client", (RequestDelegate)send.DeleteAsync);
    }
}
