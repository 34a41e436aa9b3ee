using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Requests;
using Serverless.Gateway.Upstream.Telemetry;
using Serverless.Gateway.Upstream.Templates;

namespace Serverless.Gateway.Upstream.Delivery;

/// <summary>
/// Delivers events with one attempt, as the service does, or with the policy of their template: retries within a time limit, a circuit breaker
/// for each endpoint, and a store of dead letters for events that fail permanently. The caller waits for the whole delivery, so that
/// later events of the connection wait too.
/// </summary>
internal sealed partial class UpstreamDelivery : IDisposable
{
    // The share of the shutdown time for deliveries; the rest is for storing dead letters.
    private const double ShareOfDraining = 0.8;

    private readonly UpstreamRoutes _routes;
    private readonly UpstreamClient _client;
    private readonly IDeadLetterStore _deadLetters;
    private readonly UpstreamTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly ILogger<UpstreamDelivery> _logger;
    private readonly ConcurrentDictionary<(string Scheme, string Host, int Port), CircuitBreaker> _breakers = new();
    private readonly CancellationTokenSource _leaving;

    public UpstreamDelivery(
        UpstreamRoutes routes,
        UpstreamClient client,
        IDeadLetterStore deadLetters,
        IHostApplicationLifetime lifetime,
        IOptions<HostOptions> host,
        UpstreamTelemetry telemetry,
        TimeProvider time,
        ILogger<UpstreamDelivery> logger)
    {
        _telemetry = telemetry;
        _routes = routes;
        _client = client;
        _deadLetters = deadLetters;
        _time = time;
        _logger = logger;
        _leaving = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        lifetime.ApplicationStopping.Register(() => _leaving.CancelAfter(host.Value.ShutdownTimeout * ShareOfDraining));
    }

    /// <summary>Gets a value that indicates whether a template has a policy, so that events are marked with their time.</summary>
    public bool IsMarking => _routes.HasPolicies;

    /// <summary>Delivers one event.</summary>
    public ValueTask<UpstreamOutcome> SendAsync(in UpstreamCall call)
    {
        var route = _routes.Find(call.Sender.Hub, call.Category, call.EventName);
        return route.Policy is { } policy ? DeliverAsync(policy, route, call) : AttemptAsync(route, call, marked: null);
    }

    /// <summary>Describes a call and its template, without secrets, for an error's detail.</summary>
    public string About(string hub, string category, string eventName) => _routes.Find(hub, category, eventName) is { Template: >= 0 } route
        ? $"method '{eventName}', template {route.Template}: {route.Shown}"
        : $"method '{eventName}'";

    /// <summary>Explains to which template an event would be sent now, and why.</summary>
    public UpstreamExplanation Explain(string hub, string category, string eventName)
    {
        var explanation = _routes.Explain(hub, category, eventName);
        return _routes.Find(hub, category, eventName) is { Url: { } url, Policy.Retries: true } && BreakerOf(url).IsOpen
            ? explanation with { IsCircuitOpen = true, Reason = "circuit_open" }
            : explanation;
    }

    /// <summary>Sends a dead letter once more, to the template that matches its event now. Does not change the store.</summary>
    /// <param name="letter">The letter, with its body.</param>
    /// <param name="sender">The connection that the event belongs to.</param>
    /// <returns>Null if the upstream accepted it; otherwise the letter with the new reason.</returns>
    public async ValueTask<DeadLetter?> ReplayAsync(DeadLetter letter, UpstreamSender sender)
    {
        var marked = new UpstreamEvent(letter.EventId, letter.Sequence, letter.Time) { Attempt = letter.Attempts + 1, IsReplay = true };
        var route = _routes.Find(sender.Hub, letter.Category, letter.EventName);
        var call = new UpstreamCall(sender, letter.Category, letter.EventName, letter.Body, new MediaTypeHeaderValue(letter.ContentType));
        using var outcome = await _client.SendAsync(route, call, marked);
        return DeliveryRules.IsTaken(letter.Category, letter.EventName, outcome)
            ? null
            : letter with
            {
                Attempts = marked.Attempt,
                FailedAt = _time.GetUtcNow(),
                Reason = outcome.ReasonText(),
                Status = outcome.Status,
                Template = route.Template,
            };
    }

    public void Dispose() => _leaving.Dispose();

    private async ValueTask<UpstreamOutcome> DeliverAsync(UpstreamPolicy policy, UpstreamRoute route, UpstreamCall call)
    {
        var marked = MarkOf(in call);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token, call.Reader?.Cancelled ?? default);
        marked.Ending = ending.Token;
        var started = _time.GetTimestamp();
        var wasSent = false;
        UpstreamOutcome outcome;
        while (true)
        {
            // :: Step 1: pass the endpoint's circuit breaker
            var breaker = policy.Retries && route.Url is { } url ? BreakerOf(url) : null;
            if (breaker is not null && !await EnterAsync(breaker, policy, started, ending.Token))
            {
                outcome = call.Reader is { Cancelled.IsCancellationRequested: true }
                    ? new UpstreamOutcome(UpstreamResult.Cancelled)
                    : new UpstreamOutcome(UpstreamResult.CircuitOpen, detail: "the endpoint's circuit breaker is open");
                _telemetry.AttemptSkipped(in route, in call, marked.Attempt + 1, in outcome);
                break;
            }

            // :: Step 2: make one attempt
            marked.Attempt++;
            marked.RetryAfter = TimeSpan.Zero;
            marked.Timeout = policy.Retries ? Left(policy, started) : TimeSpan.MaxValue;
            bool? isWell = null;
            try
            {
                outcome = await AttemptAsync(route, call, marked);
                started += (long)(marked.TakeWaited().TotalSeconds * _time.TimestampFrequency);
                wasSent |= outcome.WasSent;
                isWell = DeliveryRules.IsEndpointWell(outcome);
            }
            finally
            {
                Report(breaker, policy, route, isWell);
            }

            // :: Step 3: try again, if that may succeed and time is left
            var delay = policy.DelayAfter(marked.Attempt, Random.Shared.NextDouble());
            delay = delay > marked.RetryAfter ? delay : marked.RetryAfter;
            if (!DeliveryRules.IsTransient(outcome)
                || marked.Attempt >= policy.Attempts
                || delay >= Left(policy, started)
                || !await WaitAsync(delay, ending.Token))
            {
                break;
            }

            // The templates may have changed, or a secret may have been read.
            route = _routes.Find(call.Sender.Hub, call.Category, call.EventName);
        }

        if (policy.KeepsDeadLetters && !DeliveryRules.IsTaken(call.Category, call.EventName, outcome))
        {
            await KeepAsync(call, route, marked, outcome.ReasonText(), outcome.Status);
        }

        return outcome with { WasSentBefore = wasSent };
    }

    // Pooled, because every call passes through this method.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<UpstreamOutcome> AttemptAsync(UpstreamRoute route, UpstreamCall call, UpstreamEvent? marked)
    {
        var attempt = _telemetry.AttemptStarted(in route, in call, marked?.Attempt ?? 1);
        var outcome = await _client.SendAsync(route, call, marked);
        _telemetry.AttemptEnded(in attempt, in route, in call, in outcome);
        return outcome;
    }

    private UpstreamEvent MarkOf(in UpstreamCall call)
    {
        var mark = call.Mark;
        int? sequence = mark.Sequence > 0 ? mark.Sequence : null;
        return new UpstreamEvent(
            UpstreamEvent.IdOf(call.Sender.ConnectionId, call.Category, call.EventName, sequence),
            sequence,
            mark.Ticks > 0 ? new DateTimeOffset(mark.Ticks, TimeSpan.Zero) : _time.GetUtcNow());
    }

    private CircuitBreaker BreakerOf(Uri url) =>
        _breakers.GetOrAdd((url.Scheme, url.IdnHost, url.Port), static (_, time) => new CircuitBreaker(time), _time);

    // At least 1 ms: an attempt needs some time.
    private TimeSpan Left(UpstreamPolicy policy, long started)
    {
        var left = policy.TimeLimit - _time.GetElapsedTime(started);
        return left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
    }

    // A wait for the breaker does not count as an attempt.
    private async ValueTask<bool> EnterAsync(CircuitBreaker breaker, UpstreamPolicy policy, long started, CancellationToken ending)
    {
        while (!breaker.TryEnter(policy, out var wait))
        {
            if (wait >= Left(policy, started) || !await WaitAsync(wait, ending))
            {
                return false;
            }
        }

        return true;
    }

    private async ValueTask<bool> WaitAsync(TimeSpan delay, CancellationToken ending)
    {
        try
        {
            await Task.Delay(delay, _time, ending);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Report(CircuitBreaker? breaker, UpstreamPolicy policy, UpstreamRoute route, bool? isWell)
    {
        switch (breaker?.Report(policy, isWell))
        {
            case BreakerChange.Opened:
                Log.BreakerOpened(_logger, route.Url!.IdnHost, route.Url.Port, policy.BreakTime);
                break;
            case BreakerChange.Closed:
                Log.BreakerClosed(_logger, route.Url!.IdnHost, route.Url.Port);
                break;
            default:
                break;
        }
    }

    private async ValueTask KeepAsync(UpstreamCall call, UpstreamRoute route, UpstreamEvent marked, string reason, int status)
    {
        if (!HubName.TryParseJoined(call.Sender.Hub, out var hub))
        {
            throw new InvalidOperationException("The connection's hub name is not valid.");
        }

        var letter = new DeadLetter
        {
            EventId = marked.Id,
            Hub = hub,
            ConnectionId = call.Sender.ConnectionId,
            Sequence = marked.Sequence,
            Time = marked.Time,
            Category = call.Category,
            EventName = call.EventName,
            ContentType = call.ContentType.MediaType!,
            UserId = call.Sender.UserId,
            Claims = call.Sender.Claims,
            ClientQuery = call.Sender.ClientQuery,
            Template = route.Template,
            Attempts = marked.Attempt,
            FailedAt = _time.GetUtcNow(),
            Reason = reason,
            Status = status,
            Body = call.Body.ToArray(),
            BodyLength = call.Body.Length,
        };
        try
        {
            await _deadLetters.AddAsync(letter, CancellationToken.None);
            Log.DeadLetter(_logger, letter.EventId, call.Sender.Hub, call.Category, route.Template, marked.Attempt, reason);
        }
        catch (StoreUnavailableException exception)
        {
            Log.Lost(_logger, letter.EventId, call.Sender.Hub, call.Category, route.Template, marked.Attempt, reason, exception.Message);
        }
    }
}
