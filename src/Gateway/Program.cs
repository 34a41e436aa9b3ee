using Serverless.Gateway.Hosting;

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

builder.AddGateway();
if (Startup.ConfigurationErrors(builder.Services, builder.Configuration) is { Count: > 0 } errors)
{
    return Startup.Refuse(errors);
}

var app = builder.Build();
app.MapGateway();
LiveSettings.Watch(app, builder.Services);
return await Startup.RunAsync(app);
