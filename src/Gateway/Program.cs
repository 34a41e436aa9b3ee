using Serverless.Gateway.Access;
using Serverless.Gateway.Admin;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients;
using Serverless.Gateway.Connections;
using Serverless.Gateway.Dashboard;
using Serverless.Gateway.Dispatch;
using Serverless.Gateway.Hosting;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Listening;
using Serverless.Gateway.Management;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Upstream;

if (CommandLine.TryAnswer(args))
{
    return 0;
}

KestrelSetup.CompleteSocketsInline();
ProcessThreads.Settle();
var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
if (!builder.Configuration.TryAddEmulatorSettings(out var error))
{
    return Startup.Refuse([error]);
}

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

if (Startup.ConfigurationErrors(builder.Services, builder.Configuration) is { Count: > 0 } errors)
{
    return Startup.Refuse(errors);
}

var app = builder.Build();
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
LiveSettings.Watch(app, builder.Services);
return await Startup.RunAsync(app);
