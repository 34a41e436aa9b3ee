using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Gateway.Tests.InMemory;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A real HTTP server in place of the functions: records the requests per hub, and answers as a test configures it.</summary>
internal sealed class UpstreamRecorder : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, UpstreamHub> _hubs = new();
    private Uri? _memoryAddress;

    private UpstreamRecorder(WebApplication app, OpenConnections connections)
    {
        _app = app;
        Connections = connections;
    }

    /// <summary>The open connections of callers.</summary>
    public OpenConnections Connections { get; }

    /// <summary>The address that it listens on, without a trailing slash.</summary>
    public string Address { get; private set; } = "";

    /// <summary>The URL template of this server; the path contains hub, category and event.</summary>
    public string Template => Address + "/up/{hub}/{category}/{event}";

    public UpstreamHub Hub(string hub) => _hubs.GetOrAdd(hub, static _ => new UpstreamHub());

    /// <summary>Starts an upstream.</summary>
    /// <param name="isInMemory">True for one that only gateways in memory reach.</param>
    public static async Task<UpstreamRecorder> StartAsync(bool isInMemory = false)
    {
        var connections = new OpenConnections();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Use(next => connection => connections.CountAsync(() => next(connection))));
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.RequestHeaderEncodingSelector = static _ => Encoding.UTF8;
        });
        var memory = isInMemory ? new MemoryTransport() : null;
        if (memory is not null)
        {
            builder.Services.AddSingleton<IConnectionListenerFactory>(memory);
        }

        var app = builder.Build();
        var recorder = new UpstreamRecorder(app, connections);
        app.Run(recorder.HandleAsync);
        await app.StartAsync();
        recorder._memoryAddress = memory is null ? null : MemoryNetwork.Add(memory);
        recorder.Address = recorder._memoryAddress?.ToString().TrimEnd('/') ?? app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
        return recorder;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hub in _hubs.Values)
        {
            hub.LetGo();
        }

        if (_memoryAddress is not null)
        {
            MemoryNetwork.Remove(_memoryAddress);
        }

        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = new UpstreamRequest(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body.ToArray());
        var hub = Hub(request.Header("X-ASRS-Hub") ?? "");
        hub.Record(request);
        await hub.Answer(request, context);
    }
}

/// <summary>The recorded requests of a hub's upstream, and its responses.</summary>
internal sealed class UpstreamHub
{
    private readonly Channel<UpstreamRequest> _requests = Channel.CreateUnbounded<UpstreamRequest>();
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Writes the response; an empty 200 by default.</summary>
    public Func<UpstreamRequest, HttpContext, Task> Answer { get; set; } = static (_, _) => Task.CompletedTask;

    /// <summary>A task that <see cref="LetGo"/> completes, and that responses may await.</summary>
    public Task Gate => _gate.Task;

    /// <summary>Releases the waiting responses.</summary>
    public void LetGo() => _gate.TrySetResult();

    /// <summary>The number of received requests that have not been read.</summary>
    public int Waiting => _requests.Reader.Count;

    /// <summary>Reads the next request, in the order of arrival.</summary>
    public async Task<UpstreamRequest> NextAsync()
    {
        try
        {
            return await _requests.Reader.ReadAsync(Waits.Limited());
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException("The upstream received no request.");
        }
    }

    /// <summary>Reads the next request, which must be for this event.</summary>
    public async Task<UpstreamRequest> NextAsync(string eventName)
    {
        var request = await NextAsync();
        Assert.Equal(eventName, request.Event);
        return request;
    }

    /// <summary>Answers a message with a status and a body, and connection events with 200.</summary>
    public void AnswerMessages(int status, byte[] body, string? contentType = null) => Answer = async (request, context) =>
    {
        if (request.Category != "messages")
        {
            return;
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body);
    };

    internal void Record(UpstreamRequest request) => _requests.Writer.TryWrite(request);
}

/// <summary>A request to the upstream.</summary>
internal sealed record UpstreamRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string? Event => Header("X-ASRS-Event");

    public string? Category => Header("X-ASRS-Category");

    public string ConnectionId => Header("X-ASRS-Connection-Id")!;

    public string Text => Encoding.UTF8.GetString(Body);

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}
