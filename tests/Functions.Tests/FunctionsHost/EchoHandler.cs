using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Serverless.FunctionsHost;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.CustomHandlers;
using Serverless.FunctionsHost.Processes;

namespace Serverless.Functions.Tests.FunctionsHost;

/// <summary>A custom handler within the test process, which records each request as received and answers as configured.</summary>
internal sealed class EchoHandler : IHandler
{
    private WebApplication? _app;

    /// <summary>A request: the raw target, the headers, the body.</summary>
    public sealed record Received(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body);

    public ConcurrentQueue<Received> Requests { get; } = new();

    public IReadOnlyDictionary<string, string?> Environment { get; private set; } = new Dictionary<string, string?>();

    /// <summary>The handler does not listen until this task completes.</summary>
    public Task Starts { get; init; } = Task.CompletedTask;

    public RequestDelegate Answer { get; init; } = _ => Task.CompletedTask;

    public bool HasExited { get; private set; }

    public Task<IHandler> Launch(CustomHandler handler, int port, IReadOnlyDictionary<string, string?> environment, HostLog log)
    {
        Environment = environment;
        _ = ListenAsync(port);
        return Task.FromResult<IHandler>(this);
    }

    /// <summary>Starts a host that uses this handler.</summary>
    public Task<FunctionsHostApp> StartHostAsync(string root, IReadOnlyDictionary<string, string?>? variables = null) => FunctionsHostApp.StartAsync(
        new FunctionsHostOptions { Root = root, Variables = variables ?? new Dictionary<string, string?>(), Launch = Launch });

    /// <summary>Ends the handler as a crash would.</summary>
    public async Task EndAsync()
    {
        HasExited = true;
        if (_app is { } app)
        {
            _app = null;
            await app.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await EndAsync();

    private async Task ListenAsync(int port)
    {
        await Starts;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        _app = builder.Build();
        _app.Run(RecordAsync);
        await _app.StartAsync();
    }

    private async Task RecordAsync(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (target == "/")
        {
            return; // the host's probe of the handler
        }

        using var body = new StreamReader(context.Request.Body);
        var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        Requests.Enqueue(new Received(context.Request.Method, target, headers, await body.ReadToEndAsync()));
        await Answer(context);
    }
}
