using Serverless.Gateway.Access;
using Serverless.Gateway.Admin;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients;
using Serverless.Gateway.Connections;
using Serverless.Gateway.Dashboard;
using Serverless.Gateway.Dispatch;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Listening;
using Serverless.Gateway.Management;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Upstream;

namespace Serverless.Gateway.Hosting;

/// <summary>Composes the gateway from its rooms, in their order. Tests compose it in their own process with another transport and clock.</summary>
internal static class GatewayApplication
{
    /// <summary>Adds the services of every room.</summary>
    public static void AddGateway(this WebApplicationBuilder builder)
    {
        builder.AddKestrel();
        builder.Services
            .AddLimits()
            .AddListening()
            .AddMetering()
            .AddAccess(builder.Environment)
            .AddConnectionTable()
            .AddBackplane()
            .AddStorage()
            .AddRouter()
            .AddUpstream(builder.Environment)
            .AddDispatch()
            .AddClients()
            .AddManagement()
            .AddAdmin()
            .AddDashboard()
            .AddHosting();
        builder.AddTelemetry();
    }

    /// <summary>Adds the middleware and the endpoints.</summary>
    public static void MapGateway(this WebApplication app)
    {
        app.UseRequestTarget();
        app.UseInlineBudget();
        app.UseSocketLine();
        app.UseRestTraffic();
        app.UseClientCors();
        app.MapClients();
        app.MapManagement();
        app.MapAdmin();
        app.MapDashboard();
        app.MapFrontPage();
        app.MapProbes();
        app.MapMetrics();
    }
}
