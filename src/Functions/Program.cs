using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serverless.Functions.Chatting;
using Serverless.Functions.Hosting;

// dotnet run --project src/Functions, without a Functions host: the same routes in an ordinary ASP.NET Core app.
if (!FunctionsHost.HasStartedThis)
{
    PlainApp.Run(args);
    return;
}

var builder = FunctionsApplication.CreateBuilder(args);
if (builder.Configuration["ChatHttpMode"] != "BuiltIn")
{
    builder.ConfigureFunctionsWebApplication();
}

builder.Services.AddSingleton(TimeProvider.System);
builder
    .AddServerlessHubs(options => options.OnNegotiate = UserName.FromQuery)
    .AddHub<Chat>(functions => functions.NegotiateRoute = "negotiate")
    .SignalR.AddMessagePackProtocol();
builder.Build().Run();
