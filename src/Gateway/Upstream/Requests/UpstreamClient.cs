using System.Collections.Concurrent;
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

namespace Serverless.Gateway.Upstream.Requests;

/// <summary>
/// Makes one attempt to send an event to the function that its template names, as the service does (docs/contract/upstream-requests.md#requests),
/// and reads the answer. Every failure is returned as an <see cref="UpstreamOutcome"/>; exceptions are bugs.
/// </summary>
internal sealed partial class UpstreamClient : IDisposable
{
    /// <summary>The largest answer that is accepted: 16 MiB, as in the emulator.</summary>
    public const int MaxResponseBytes = 16 * 1024 * 1024;

    private const int MaxKeptTimers = 1024;

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
    private readonly UpstreamTelemetry _telemetry;
    private readonly ConcurrentQueue<CancellationTokenSource> _timers = new();

    public UpstreamClient(
        IdentityTokens identity,
        UpstreamGate gate,
        IUpstreamSockets sockets,
        NodeBudget budget,
        QueuedBytes queued,
        IOptions<UpstreamOptions> options,
        TimeProvider time,
        UpstreamTelemetry telemetry)
    {
        _identity = identity;
        _gate = gate;
        _queued = queued;
        _time = time;
        _telemetry = telemetry;
        _timeout = options.Value.Timeout;
        _streamIdle = options.Value.StreamIdleTimeout is { Ticks: > 0 } idle ? idle : Timeout.InfiniteTimeSpan;
        _headerEncoding = options.Value.HeaderEncoding;
        _signsRequests = options.Value.SignRequests;
        _resendsMessages = options.Value.ResendMessages;
        _http = Invoker(sockets, budget, lifetime: TimeSpan.FromMinutes(10));
        _fresh = Invoker(sockets, budget, lifetime: TimeSpan.Zero);
    }

    private static HttpMessageInvoker Invoker(IUpstreamSockets sockets, NodeBudget budget, TimeSpan lifetime) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        AllowAutoRedirect = false, // FollowAsync does that
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = lifetime,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(500),
        ConnectCallback = sockets.ConnectAsync,
        PlaintextStreamFilter = sockets.WatchAsync,
        PooledConnectionIdleTimeout = UpstreamSockets.IdleTimeout,

        // The gate admits at most this many calls; a connection whose answer is still being drained counts only here.
        MaxConnectionsPerServer = budget.UpstreamPerHost,

        // UpstreamSpans adds the trace headers for functions.
        ActivityHeadersPropagator = null,
    });

    /// <summary>Sends one event to the route's URL.</summary>
    /// <param name="route">The route of the event.</param>
    /// <param name="call">The event.</param>
    /// <param name="marked">For a template with a policy: the event's headers. Records the answer's <c>Retry-After</c>.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UpstreamOutcome> SendAsync(UpstreamRoute route, UpstreamCall call, UpstreamEvent? marked = null)
    {
        // :: Step 1: check the address
        if (route.Url is null)
        {
            return NotSent(in route, in call, new UpstreamOutcome(
                route.LacksSecret ? UpstreamResult.NoSecret : route.Template < 0 ? UpstreamResult.NoTemplate : UpstreamResult.BadUrl));
        }

        // :: Step 2: wait for a connection, behind earlier calls
        var pass = await EnterAsync(in route, in call, marked);
        marked?.Waits(in pass);
        if (!pass.IsAdmitted)
        {
            return NotAdmitted(in pass, in route, in call);
        }

        // The time limit begins here.
        var limit = LimitOf(marked);
        var timer = call.Reader is null ? RentTimer(limit) : StartTimer(limit, call.Reader.Cancelled);
        try
        {
            // :: Step 3: send the request
            using var request = new EventRequest(route.Url, call.Sender, _headerEncoding, call.Category, call.EventName, call.Body, call.ContentType, marked);
            if (route.Scope is not null && await TryAuthorizeAsync(request, route, timer.Token) is { } refused)
            {
                return NotSent(in route, in call, in refused);
            }

            HttpResponseMessage response;
            string? refusal;
            using var exchange = _telemetry.RequestStarted(request, in route, marked?.Attempt ?? 1);
            try
            {
                (response, refusal) = await FollowAsync(request, timer.Token);
            }
            catch (Exception exception) when (IsNetworkFailure(exception))
            {
                var failed = call.Reader is { Cancelled.IsCancellationRequested: true } ? new UpstreamOutcome(UpstreamResult.Cancelled)
                    : exception is OperationCanceledException && timer.IsCancellationRequested ? new UpstreamOutcome(UpstreamResult.TimedOut)
                    : new UpstreamOutcome(UpstreamResult.Failed, detail: exception.Message);
                _telemetry.NotAnswered(in exchange, in route, in call, in failed, limit);
                return failed;
            }

            // :: Step 4: read the answer, if a caller waits for it
            using (response)
            {
                var status = (int)response.StatusCode;
                _telemetry.Answered(in exchange, in route, in call, status, refusal);
                marked?.Read(response, _time.GetUtcNow());
                if (call.Reader is { } reader)
                {
                    timer.CancelAfter(Timeout.InfiniteTimeSpan);
                    if (status == 200 || marked is null)
                    {
                        // Otherwise the call may be repeated, so the connection's later calls still wait.
                        reader.OnHead();
                    }

                    return status == 200
                        ? await HandOverAsync(response.Content, reader, timer)
                        : new UpstreamOutcome(UpstreamResult.Answered, status, detail: refusal);
                }

                return call.WantsBody && status == 200
                    ? await ReadBodyAsync(response.Content, timer)
                    : new UpstreamOutcome(UpstreamResult.Answered, status, detail: refusal);
            }
        }
        finally
        {
            _gate.Leave(in pass);
            if (call.Reader is null)
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

    // Returns null when the token is added; otherwise the call is not made.
    private async ValueTask<UpstreamOutcome?> TryAuthorizeAsync(HttpRequestMessage request, UpstreamRoute route, CancellationToken cancel)
    {
        try
        {
            request.Headers.TryAddWithoutValidation("Authorization", await _identity.GetAsync(route.Scope!, cancel));
            return null;
        }
        catch (Exception exception) when (exception is IdentityUnavailableException or OperationCanceledException)
        {
            return new UpstreamOutcome(UpstreamResult.NoIdentity, detail: exception.Message);
        }
    }

    private UpstreamOutcome NotSent(in UpstreamRoute route, in UpstreamCall call, in UpstreamOutcome outcome)
    {
        _telemetry.NotSent(in route, in call, in outcome);
        return outcome;
    }

    private static bool IsNetworkFailure(Exception exception) => exception
        is HttpRequestException or IOException or SocketException or OperationCanceledException or InvalidOperationException;

    private static CancellationTokenSource StartTimer(TimeSpan limit, CancellationToken cancelled)
    {
        var timer = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        timer.CancelAfter(limit);
        return timer;
    }

    // Timers are reused: there is one for each call in progress, not one for each call.
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
        if (_timers.Count < MaxKeptTimers && timer.TryReset())
        {
            _timers.Enqueue(timer);
        }
        else
        {
            timer.Dispose();
        }
    }
}
