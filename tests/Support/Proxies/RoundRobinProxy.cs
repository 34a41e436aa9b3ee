using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Serverless.Support.Proxies;

/// <summary>
/// A load balancer without affinity: each request, WebSocket requests included, goes to the next ready backend. A backend whose
/// <c>/health/ready</c> fails receives no new requests; its current ones continue.
/// </summary>
public sealed class RoundRobinProxy : IAsyncDisposable
{
    /// <summary>The response header that names the backend.</summary>
    public const string ServedBy = "X-Served-By";

    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);

    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _http;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private readonly Task _probing;
    private Uri[] _backends = [];
    private volatile Uri[] _ready = [];
    private int _last;

    private RoundRobinProxy(WebApplication app, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect)
    {
        _app = app;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = connect,
        });
        _probing = ProbeAsync();
    }

    /// <summary>The address that the proxy listens on.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>Starts a proxy in front of the backends, and waits until all are ready.</summary>
    public static Task<RoundRobinProxy> StartAsync(params IEnumerable<Uri> backends) => StartAsync(connect: null, backends);

    /// <summary>Starts a proxy that connects to its backends by way of a callback; null for sockets.</summary>
    public static async Task<RoundRobinProxy> StartAsync(
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect, IEnumerable<Uri> backends)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var app = builder.Build();
        var proxy = new RoundRobinProxy(app, connect);
        app.Run(proxy.HandleAsync);
        await app.StartAsync();
        foreach (var backend in backends)
        {
            await proxy.AddAsync(backend);
        }

        return proxy;
    }

    /// <summary>Adds a backend, and waits until it is ready.</summary>
    public async Task AddAsync(Uri backend)
    {
        lock (_gate)
        {
            _backends = [.. _backends, backend];
        }

        using var limit = new CancellationTokenSource(ReadyLimit);
        while (!_ready.Contains(backend))
        {
            await Task.Delay(ProbeInterval, limit.Token);
        }
    }

    /// <summary>Removes a backend.</summary>
    public void Remove(Uri backend)
    {
        lock (_gate)
        {
            _backends = [.. _backends.Where(one => one != backend)];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _probing;
        await _app.StopAsync(_ending.Token);
        await _app.DisposeAsync();
        _http.Dispose();
        _ending.Dispose();
    }

    private async Task ProbeAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            Uri[] backends;
            lock (_gate)
            {
                backends = _backends;
            }

            var answers = await Task.WhenAll(backends.Select(IsReadyAsync));
            _ready = [.. backends.Where((_, i) => answers[i])];
            await Task.Delay(ProbeInterval);
        }
    }

    private async Task<bool> IsReadyAsync(Uri backend)
    {
        using var limit = new CancellationTokenSource(ProbeLimit);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(backend, "/health/ready"));
        try
        {
            using var response = await _http.SendAsync(request, limit.Token);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task HandleAsync(HttpContext context)
    {
        var ready = _ready;
        if (ready.Length == 0)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        var backend = ready[(uint)Interlocked.Increment(ref _last) % (uint)ready.Length];
        try
        {
            using var request = CreateRequest(context, backend);
            using var response = await _http.SendAsync(request, context.RequestAborted);
            await AnswerAsync(context, backend, response);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            if (context.Response.HasStarted)
            {
                context.Abort();
            }
            else
            {
                context.Response.StatusCode = StatusCodes.Status502BadGateway;
            }
        }
    }

    private static HttpRequestMessage CreateRequest(HttpContext context, Uri backend)
    {
        var from = context.Request;
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = new HttpRequestMessage(
            new HttpMethod(from.Method),
            new Uri(backend.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (from.ContentLength is > 0 || from.Headers.TransferEncoding.Count > 0)
        {
            request.Content = new StreamContent(from.Body);
        }

        var isUpgrade = from.Headers.Upgrade.Count > 0;
        foreach (var (name, values) in from.Headers)
        {
            if (IsHopByHop(name) && !(isUpgrade && name == "Connection"))
            {
                continue;
            }

            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        return request;
    }

    private static async Task AnswerAsync(HttpContext context, Uri backend, HttpResponseMessage from)
    {
        context.Response.StatusCode = (int)from.StatusCode;
        foreach (var (name, values) in from.Headers.Concat(from.Content.Headers))
        {
            if (!IsHopByHop(name))
            {
                context.Response.Headers[name] = values.ToArray();
            }
        }

        context.Response.Headers[ServedBy] = backend.Port.ToString(CultureInfo.InvariantCulture);
        await using var far = await from.Content.ReadAsStreamAsync(context.RequestAborted);
        if (from.StatusCode == HttpStatusCode.SwitchingProtocols)
        {
            await using var near = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
            await Task.WhenAny(CopyAsync(near, far), CopyAsync(far, near));
            return;
        }

        await context.Response.StartAsync(context.RequestAborted);
        await far.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static bool IsHopByHop(string name) => name is "Connection" or "Transfer-Encoding" or "Keep-Alive";

    private static async Task CopyAsync(Stream from, Stream to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReadAsync(buffer) is > 0 and var count)
            {
                await to.WriteAsync(buffer.AsMemory(0, count));
                await to.FlushAsync();
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side has closed.
        }
    }
}
