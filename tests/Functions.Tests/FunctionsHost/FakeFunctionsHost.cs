using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.FunctionsHost;

/// <summary>
/// A stand-in for the Azure Functions host: reads an app's <c>host.json</c> and <c>function.json</c> files, starts its custom handler and
/// forwards requests to it. Its rules are listed, with sources, in <c>rules.md</c>.
/// </summary>
internal sealed class FakeFunctionsHost : IAsyncDisposable
{
    public const string HomePage = "Your Functions app is up and running";

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(25);
    private static readonly Dictionary<string, string?> NoVariables = [];

    private readonly Dictionary<string, string> _errors = [];
    private readonly int _port = FreePort.Find();
    private readonly WebApplication _app;
    private readonly RequestForwarder _forwarder;
    private readonly CancellationTokenSource _stopping = new();
    private IHandler? _handler;
    private Task<bool> _ready = Task.FromResult(false);

    private FakeFunctionsHost(string root, IReadOnlyDictionary<string, string?> settings)
    {
        Host = HostFile.Read(root, settings);
        Functions = FunctionFile.ReadAll(root, _errors);
        _forwarder = new RequestForwarder(_port, Host.Mode);
        _app = Build();
    }

    public HostFile Host { get; }

    public IReadOnlyList<FunctionFile> Functions { get; }

    /// <summary>The errors of the functions that were not loaded, by function.</summary>
    public IReadOnlyDictionary<string, string> Errors => _errors;

    public FunctionKeys Keys { get; } = new();

    public Uri Address => new(_app.Urls.Single());

    /// <summary>The output of the handler.</summary>
    public string HandlerLog => _handler?.Log ?? "";

    /// <summary>Starts the host for the app in a folder. It accepts requests at once, and they wait for the handler.</summary>
    /// <param name="root">The folder that holds <c>host.json</c>.</param>
    /// <param name="variables">Environment variables, which take precedence over those of <c>local.settings.json</c>.</param>
    /// <param name="launch">Starts the handler; null to start the one in <c>host.json</c>.</param>
    public static async Task<FakeFunctionsHost> StartAsync(
        string root, IReadOnlyDictionary<string, string?>? variables = null, HandlerLauncher? launch = null)
    {
        var settings = AppSettings.Read(root, variables ?? NoVariables);
        var host = new FakeFunctionsHost(root, settings);
        try
        {
            await host.StartAsync(root, settings, launch ?? HandlerProcess.Launch);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when the handler is ready, with true, or has failed, with false.</summary>
    public Task<bool> WhenReady => _ready;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _ready;
        await _app.DisposeAsync();
        if (_handler is not null)
        {
            await _handler.DisposeAsync();
        }

        _forwarder.Dispose();
        _stopping.Dispose();
    }

    private async Task StartAsync(string root, Dictionary<string, string?> settings, HandlerLauncher launch)
    {
        var port = _port.ToString();
        var worker = Guid.NewGuid().ToString();
        settings["FUNCTIONS_CUSTOMHANDLER_PORT"] = port;
        settings["FUNCTIONS_HTTPWORKER_PORT"] = port;
        settings["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"] = worker;
        settings["FUNCTIONS_HTTPWORKER_ID"] = worker;
        settings["FUNCTIONS_APP_ROOT_PATH"] = root;
        await _app.StartAsync();
        _handler = await launch(Host, _port, settings);
        _ready = WaitForHandlerAsync(_handler);
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        var app = builder.Build();
        app.Use(WaitUntilReadyAsync);
        app.Use(RunFunctionAsync);
        app.UseRouter(Routes(app.Services.GetRequiredService<IInlineConstraintResolver>()));
        return app;
    }

    // The classes that the host's own router uses, so that templates have the same meaning.
    private RouteCollection Routes(IInlineConstraintResolver constraints)
    {
        var routes = new RouteCollection();
        foreach (var function in Functions)
        {
            var methods = new Dictionary<string, object>();
            if (function.Methods is not null)
            {
                methods["httpMethod"] = new HttpMethodRouteConstraint([.. function.Methods]);
            }

            routes.Add(new Route(
                new RouteHandler(context => Chosen(context, function)),
                function.Name,
                Host.RoutePrefix.Length == 0 ? function.Route : $"{Host.RoutePrefix}/{function.Route}",
                defaults: null,
                methods,
                dataTokens: null,
                constraints));
        }

        return routes;
    }

    private static Task Chosen(HttpContext context, FunctionFile function)
    {
        context.Features.Set(function);
        return Task.CompletedTask;
    }

    private async Task WaitUntilReadyAsync(HttpContext context, RequestDelegate next)
    {
        if (await _ready)
        {
            await next(context);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync("Function host is not running.");
        }
    }

    private async Task RunFunctionAsync(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments("/admin"))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else if (path.StartsWithSegments("/runtime"))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else
        {
            await next(context);
            await RunChosenAsync(context);
        }
    }

    private async Task RunChosenAsync(HttpContext context)
    {
        if (context.Features.Get<FunctionFile>() is not { } function)
        {
            await AnswerWithoutFunctionAsync(context);
        }
        else if (!Keys.Allow(context.Request, function))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else
        {
            try
            {
                context.Response.StatusCode = StatusCodes.Status200OK;
                await _forwarder.ForwardAsync(context);
            }
            catch (HttpRequestException) when (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }
        }
    }

    private static Task AnswerWithoutFunctionAsync(HttpContext context)
    {
        if (context.Request.Path != "/")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = "text/html";
        return context.Response.WriteAsync($"<!doctype html><title>{HomePage}</title>");
    }

    private async Task<bool> WaitForHandlerAsync(IHandler handler)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = true, UseCookies = false });
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        limit.CancelAfter(Host.InitializationTimeout);
        using var poll = new PeriodicTimer(PollInterval);
        try
        {
            while (!handler.HasExited)
            {
                try
                {
                    using var answer = await client.GetAsync($"http://127.0.0.1:{_port}/", limit.Token);
                    return true;
                }
                catch (HttpRequestException e) when (e.InnerException is SocketException)
                {
                    await poll.WaitForNextTickAsync(limit.Token);
                }
                catch (HttpRequestException)
                {
                    return true;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The response has started.
        }

        return false;
    }
}
