using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Chatting;
using Serverless.Functions.Page;

namespace Serverless.Functions.Hosting;

/// <summary>The chat without a Functions host, on the routes that it has behind one.</summary>
internal static class PlainApp
{
    private const string DefaultAddress = "http://localhost:7071"; // the port of `func start`
    private const string HandlerPortKey = "FUNCTIONS_CUSTOMHANDLER_PORT"; // set by a host that runs this program as a custom handler
    private const string RoutePrefix = "/api";

    public static void Run(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        if (builder.Configuration[HandlerPortKey] is { Length: > 0 } port)
        {
            builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        }
        else if (string.IsNullOrEmpty(builder.Configuration["urls"]) && string.IsNullOrEmpty(builder.Configuration["http_ports"]))
        {
            builder.WebHost.UseUrls(DefaultAddress);
        }

        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSignalR().AddMessagePackProtocol().AddServerless(options => options.OnNegotiate = UserName.FromQuery);

        var app = builder.Build();
        app.MapGet("/", static () => Results.Redirect(RoutePrefix + "/"));
        var functions = app.MapGroup(RoutePrefix);
        functions.MapServerlessHub<Chat>("/");
        functions.MapServerlessUpstream("/upstream/{hub}/{category}/{event}");
        functions.MapMethods("/{*path}", PageFile.Methods, static (HttpContext context, string? path) => PageFile.WriteAsync(context, path));
        app.Run();
    }
}
