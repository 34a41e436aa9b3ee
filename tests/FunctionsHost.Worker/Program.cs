using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serverless.FunctionsHost.Worker;
using Serverless.FunctionsHost.Worker.Hubs;

// The app of the tests of tools/FunctionsHost, with functions for each of its rules, and of src/Hubs.Functions, with hubs. HTTP_MODE=aspnetcore chooses the mode in which the host
// proxies requests to the worker's own Kestrel. HUBS=none leaves the hubs out,
// and HUBS=table adds those of the table that compares hubs in process and behind the gateway.
var builder = FunctionsApplication.CreateBuilder(args);
if (Environment.GetEnvironmentVariable("HTTP_MODE") == "aspnetcore")
{
    builder.ConfigureFunctionsWebApplication();
}

builder.Services.AddSingleton<Journal>();
switch (Environment.GetEnvironmentVariable("HUBS"))
{
    case "none":
        break;
    case "table":
        builder.AddTableHubs();
        break;
    default:
        builder.AddTestHubs();
        break;
}

builder.Build().Run();
