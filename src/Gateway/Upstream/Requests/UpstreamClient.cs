using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Hosts;
using Serverless.Gateway.Upstream.Sockets;
using Serverless.Gateway.Upstream.Telemetry;
using Serverless.Gateway.Upstream.Templates;
using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Requests;

/// <summary>
/// Makes one attempt to send an event to the function that its template names, as the service does (docs/contract/upstream-requests.md#requests),
/// and reads the answer.
/// Calls nothing back and throws nothing but bugs: every way to fail is an <see cref="UpstreamOutcome"/>.
/// </summary>
internal sealed partial class UpstreamClient : IDisposable
{
    /// <summary>Largest answer taken: 16 MiB, as the emulator.</summary>
    public const int MaxResponseBytes = 16 * 1024 * 1024;

    private const int MostKeptTimers = 1024;

    private readonly IdentityTokens _identity;
    private readonly UpstreamGate _gate;
    private readonly QueuedBytes _queued;
    private readonly HttpMessageInvoker _http;
    private readonly HttpMessageInvoker _fresh;
    private readonly bool _resendsMessages;
    private readonly TimeSpan _timeout;
    private readonly TimeSpan _streamIdle;
    private readonly HeaderEncoding _headerEncoding;
    private readonly bool _signsRequests;
    private readonly TimeProvider _time;
    private readonly ILogger<UpstreamClient> _logger;
    private readonly ConcurrentQueue<CancellationTokenSource> _timers = new();

    public UpstreamClient(
        IdentityTokens identity,
        UpstreamGate gate,
        UpstreamSockets sockets,
        NodeBudget budget,
        QueuedBytes queued,
        IOptions<UpstreamOptions> options,
        TimeProvider time,
        ILogger<UpstreamClient> logger)
    {
        _identity = identity;
        _gate = gate;
        _queued = queued;
        _time = time;
        _logger = logger;
        _timeout = options.Value.Timeout;
        _streamIdle = options.Value.StreamIdleTimeout is { Ticks: > 0 } idle ? idle : Timeout.InfiniteTimeSpan;
        _headerEncoding = options.Value.HeaderEncoding;
        _signsRequests = options.Value.SignRequests;
        _resendsMessages = options.Value.ResendMessages;
        _http = Invoker(sockets, budget, lifetime: TimeSpan.FromMinutes(10));
        _fresh = Invoker(sockets, budget, lifetime: TimeSpan.Zero);
    }

    private static HttpMessageInvoker Invoker(UpstreamSockets sockets, NodeBudget budget, TimeSpan lifetime) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        AllowAutoRedirect = false, // see FollowAsync
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = lifetime,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(500),
        ConnectCallback = sockets.ConnectAsync,
        PlaintextStreamFilter = sockets.WatchAsync,
        PooledConnectionIdleTimeout = UpstreamSockets.IdleTimeout,

        // The gate admits no more calls than that; a connection whose answer is still drained counts here alone.
        MaxConnectionsPerServer = budget.UpstreamPerHost,

        // What functions are told of a trace is the gateway's to say; see UpstreamSpans.
        ActivityHeadersPropagator = null,
    });

    /// <summary>Sends one event. The body must stay as it is until the call has ended.</summary>
    /// <param name="route">Where to.</param>
    /// <param name="sender">Whose event it is.</param>
    /// <param name="category">See <see cref="UpstreamCategories"/>.</param>
    /// <param name="eventName">The event, or the invocation's target.</param>
    /// <param name="body">The request's body.</param>
    /// <param name="contentType">The body's media type.</param>
    /// <param name="wantsBody">Whether the answer's body matters.</param>
    /// <param name="reader">Takes the body of a 200 as it comes; the time limit is then for the head alone.</param>
    /// <param name="marked">Of a template with a policy: what its functions know the event by. Takes note of the answer.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UpstreamOutcome> SendAsync(
        UpstreamRoute route,
        UpstreamSender sender,
        string category,
        string eventName,
        ReadOnlyMemory<byte> body,
        MediaTypeHeaderValue contentType,
        bool wantsBody,
        IUpstreamBodyReader? reader = null,
        UpstreamEvent? marked = null)
    {
        // :: Step 1: where to
        if (route.Url is null)
        {
            if (route.LacksSecret)
            {
                Log.NoSecret(_logger, sender.Hub, category, eventName, in route);
                UpstreamMetrics.NotSent(route.Template, category, UpstreamResult.NoSecret);
                return new UpstreamOutcome(UpstreamResult.NoSecret);
            }

            // Templates for messages alone are usual; a message that nobody takes is not.
            if (category == UpstreamCategories.Messages || route.Template >= 0)
            {
                Log.NoRoute(_logger, sender.Hub, category, eventName, in route);
            }

            var reason = route.Template < 0 ? UpstreamResult.NoTemplate : UpstreamResult.BadUrl;
            UpstreamMetrics.NotSent(route.Template, category, reason);
            return new UpstreamOutcome(reason);
        }

        // :: Step 2: wait for a connection, behind earlier calls
        var pass = await EnterAsync(route, category, eventName, reader, marked);
        marked?.Waits(in pass);
        if (!pass.IsAdmitted)
        {
            return NotAdmitted(in pass, sender.Hub, category, eventName, in route, reader);
        }

        // The time limit begins here.
        var limit = LimitOf(marked);
        var timer = reader is null ? RentTimer(limit) : StartTimer(limit, reader.Cancelled);
        try
        {
            // :: Step 3: ask
            using var request = new EventRequest(route.Url, sender, _headerEncoding, category, eventName, body, contentType, marked);
            if (route.Scope is not null && await TryAuthorizeAsync(request, sender.Hub, category, eventName, route, timer.Token) is { } refused)
            {
                return refused;
            }

            HttpResponseMessage response;
            string? refusal;
            using var activity = UpstreamSpans.Start(request, route.Template, marked?.Attempt ?? 1);
            var started = _time.GetTimestamp();
            UpstreamMetrics.Started(route.Template);
            try
            {
                (response, refusal) = await FollowAsync(request, timer.Token);
            }
            catch (Exception exception) when (IsNetworkFailure(exception))
            {
                var failed = reader is { Cancelled.IsCancellationRequested: true }
                    ? new UpstreamOutcome(UpstreamResult.Cancelled)
                    : NotAnswered(exception, sender.Hub, category, eventName, in route, timer, limit);
                UpstreamMetrics.Failed(route.Template, category, failed.Result, _time.GetElapsedTime(started));
                UpstreamSpans.Failed(activity, failed.Result);
                return failed;
            }

            // :: Step 4: read the answer, if anyone is waiting for it
            using (response)
            {
                var status = (int)response.StatusCode;
                UpstreamMetrics.Answered(route.Template, category, status, _time.GetElapsedTime(started));
                UpstreamSpans.Answered(activity, status);
                if (refusal is not null)
                {
                    Log.RedirectRefused(_logger, sender.Hub, category, eventName, in route, status, refusal);
                }
                else if (status is < 200 or > 299)
                {
                    Log.Refused(_logger, sender.Hub, category, eventName, in route, status);
                }

                marked?.Read(response, _time.GetUtcNow());

                if (reader is not null)
                {
                    timer.CancelAfter(Timeout.InfiniteTimeSpan);
                    if (status == 200 || marked is null)
                    {
                        // Else the call may be made again, and its connection's later ones wait.
                        reader.OnHead();
                    }

                    return status == 200
                        ? await HandOverAsync(response.Content, reader, timer)
                        : new UpstreamOutcome(UpstreamResult.Answered, status, detail: refusal);
                }

                return wantsBody && status == 200
                    ? await ReadBodyAsync(response.Content, timer)
                    : new UpstreamOutcome(UpstreamResult.Answered, status, detail: refusal);
            }
        }
        finally
        {
            _gate.Leave(in pass);
            if (reader is null)
            {
                ReturnTimer(timer);
            }
            else
            {
                timer.Dispose();
            }
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _fresh.Dispose();
    }

    // A call without the token it should have is not made.
    private async ValueTask<UpstreamOutcome?> TryAuthorizeAsync(
        HttpRequestMessage request, string hub, string category, string eventName, UpstreamRoute route, CancellationToken cancel)
    {
        try
        {
            request.Headers.TryAddWithoutValidation("Authorization", await _identity.GetAsync(route.Scope!, cancel));
            return null;
        }
        catch (Exception exception) when (exception is IdentityUnavailableException or OperationCanceledException)
        {
            Log.NoIdentity(_logger, hub, category, eventName, in route, exception.Message);
            UpstreamMetrics.NotSent(route.Template, category, UpstreamResult.NoIdentity);
            return new UpstreamOutcome(UpstreamResult.NoIdentity, detail: exception.Message);
        }
    }

    private static bool IsNetworkFailure(Exception exception) => exception
        is HttpRequestException or IOException or SocketException or OperationCanceledException or InvalidOperationException;

    private UpstreamOutcome NotAnswered(
        Exception exception, string hub, string category, string eventName, in UpstreamRoute route, CancellationTokenSource timer, TimeSpan limit)
    {
        if (exception is OperationCanceledException && timer.IsCancellationRequested)
        {
            Log.TimedOut(_logger, hub, category, eventName, in route, limit);
            return new UpstreamOutcome(UpstreamResult.TimedOut);
        }

        Log.Failed(_logger, hub, category, eventName, in route, exception.Message);
        return new UpstreamOutcome(UpstreamResult.Failed, detail: exception.Message);
    }

    private static CancellationTokenSource StartTimer(TimeSpan limit, CancellationToken cancelled)
    {
        var timer = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        timer.CancelAfter(limit);
        return timer;
    }

    // One timer object per call under way, not one per call.
    private CancellationTokenSource RentTimer(TimeSpan limit)
    {
        if (!_timers.TryDequeue(out var timer))
        {
            return new CancellationTokenSource(limit, _time);
        }

        timer.CancelAfter(limit);
        return timer;
    }

    private void ReturnTimer(CancellationTokenSource timer)
    {
        if (_timers.Count < MostKeptTimers && timer.TryReset())
        {
            _timers.Enqueue(timer);
        }
        else
        {
            timer.Dispose();
        }
    }
}
