using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Metering;

/// <summary>Represents the usage of a hub on the other nodes.</summary>
/// <param name="Units">The units used today.</param>
/// <param name="Clients">The clients connected now.</param>
internal readonly record struct UsedElsewhere(long Units, long Clients);

/// <summary>
/// Checks the quotas: connections for each new client, the day's messages once a second, so that counting messages costs nothing more.
/// </summary>
internal sealed partial class Quotas
{
    /// <summary>The service's own text.</summary>
    public const string ConnectionsReached = "Connection count reaches limit";

    /// <summary>The service's own text.</summary>
    public const string MessagesReached = "Message count reaches limit";

    /// <summary>
    /// The maximum of diagnostic clients of a node; the service's number (docs/contract/limits-and-metering.md#throttling-and-closing).
    /// </summary>
    public const int MaxDiagnostic = 100;

    private const string DiagnosticReached = "Diagnostic client count reaches limit";

    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    private readonly HubMeters _meters;
    private readonly TimeProvider _time;
    private readonly ILogger<Quotas> _logger;
    private readonly Limits _all;
    private readonly Dictionary<string, Limits> _hubs;
    private readonly Lock _gate = new();

    // Under _gate: the units of this node when the day began, and the usage that the other nodes last reported.
    private readonly Dictionary<string, long> _before = new(StringComparer.Ordinal);
    private DateOnly _day;
    private DateOnly _dayElsewhere;
    private long? _loggedAt;

    private volatile Dictionary<string, UsedElsewhere> _elsewhere = new(StringComparer.Ordinal);
    private volatile Exhaustion _exhaustion = new(false, []);

    public Quotas(HubMeters meters, IOptions<QuotaOptions> options, TimeProvider time, ILogger<Quotas> logger)
    {
        _meters = meters;
        _time = time;
        _logger = logger;
        _all = new Limits(options.Value.Connections, options.Value.MessagesPerDay);
        _hubs = options.Value.Hubs.ToDictionary(
            hub => hub.Hub.ToLowerInvariant(), hub => new Limits(hub.Connections, hub.MessagesPerDay), StringComparer.Ordinal);
        IsOn = _all.IsAny || _hubs.Values.Any(limits => limits.IsAny);
        _day = Today;
    }

    /// <summary>Gets a value that indicates whether any quota is set.</summary>
    public bool IsOn { get; }

    private DateOnly Today => DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);

    /// <summary>Returns the reason to refuse a new client; null if it is accepted.</summary>
    public string? Refusal(HubName hub, ConnectionKind kind = ConnectionKind.Client) =>
        kind == ConnectionKind.LiveTrace ? null
        : kind == ConnectionKind.Diagnostic && Diagnostics() >= MaxDiagnostic ? DiagnosticReached
        : !IsOn ? null
        : IsExhausted(hub.Value) ? MessagesReached
        : HasRoom(hub.Value, beyond: 0) ? null
        : Reached(hub.Value);

    /// <summary>
    /// Returns the reason to close a client that was accepted and counted, because another took the last place at the same moment; null
    /// if it may stay.
    /// </summary>
    public string? RefusalOfCounted(HubName hub, ConnectionKind kind = ConnectionKind.Client) =>
        kind == ConnectionKind.LiveTrace ? null
        : kind == ConnectionKind.Diagnostic && Diagnostics() > MaxDiagnostic ? DiagnosticReached
        : !IsOn || HasRoom(hub.Value, beyond: 1) ? null
        : Reached(hub.Value);

    /// <summary>Returns true when the day's messages of a hub, or of all hubs, are used up.</summary>
    public bool IsExhausted(string hub) => _exhaustion.All || _exhaustion.Hubs.Contains(hub);

    /// <summary>Stores the usage of the other nodes on a day.</summary>
    public void Observe(DateOnly day, IReadOnlyDictionary<string, UsedElsewhere> elsewhere)
    {
        lock (_gate)
        {
            _dayElsewhere = day;
            _elsewhere = new Dictionary<string, UsedElsewhere>(elsewhere, StringComparer.Ordinal);
        }
    }

    /// <summary>Determines the hubs whose messages are used up.</summary>
    /// <returns>True if any hub's are.</returns>
    public bool Look()
    {
        var exhausted = new HashSet<string>(StringComparer.Ordinal);
        var sum = 0L;
        lock (_gate)
        {
            var today = Today;
            if (today != _day)
            {
                _day = today;
                foreach (var meter in _meters.All)
                {
                    _before[meter.Hub] = meter.Total.MessageUnits;
                }
            }

            var used = _meters.All.ToDictionary(
                meter => meter.Hub, meter => meter.Total.MessageUnits - _before.GetValueOrDefault(meter.Hub), StringComparer.Ordinal);
            foreach (var (hub, elsewhere) in _dayElsewhere == today ? _elsewhere : [])
            {
                used[hub] = used.GetValueOrDefault(hub) + elsewhere.Units;
            }

            foreach (var (hub, units) in used)
            {
                sum += units;
                if (_hubs.TryGetValue(hub, out var limits) && units >= limits.Messages)
                {
                    exhausted.Add(hub);
                }
            }
        }

        var now = new Exhaustion(sum >= _all.Messages, exhausted);
        LogWhatIsNew(_exhaustion, now);
        _exhaustion = now;
        return now.All || now.Hubs.Count > 0;
    }

    /// <summary>Returns the used percentage of each quota of connections. The hub is null for the quota of all hubs together.</summary>
    public IEnumerable<(string? Hub, double Percent)> Utilization()
    {
        if (_all.Connections is { } max)
        {
            yield return (null, 100.0 * Clients() / max);
        }

        foreach (var (hub, limits) in _hubs)
        {
            if (limits.Connections is { } maxOfHub)
            {
                yield return (hub, 100.0 * Clients(hub) / maxOfHub);
            }
        }
    }

    private bool HasRoom(string hub, int beyond) =>
        (_all.Connections is not { } max || Clients() < max + beyond)
        && (!_hubs.TryGetValue(hub, out var limits) || limits.Connections is not { } maxOfHub || Clients(hub) < maxOfHub + beyond);

    private long Diagnostics() => _meters.All.Sum(static meter => meter.Open(ConnectionKind.Diagnostic));

    private long Clients() => _meters.All.Sum(meter => meter.Clients) + _elsewhere.Values.Sum(used => used.Clients);

    private long Clients(string hub) => (_meters.Find(hub)?.Clients ?? 0) + _elsewhere.GetValueOrDefault(hub).Clients;

    // Refused clients retry again and again, so the log has a line at most once per interval.
    private string Reached(string hub)
    {
        lock (_gate)
        {
            if (_loggedAt is { } at && _time.GetElapsedTime(at) < LogInterval)
            {
                return ConnectionsReached;
            }

            _loggedAt = _time.GetTimestamp();
        }

        Log.ConnectionsReached(_logger, hub);
        return ConnectionsReached;
    }

    private void LogWhatIsNew(Exhaustion before, Exhaustion now)
    {
        if (now.All && !before.All)
        {
            Log.AllMessagesReached(_logger, _all.Messages!.Value);
        }

        foreach (var hub in now.Hubs.Except(before.Hubs))
        {
            Log.MessagesReached(_logger, hub, _hubs[hub].Messages!.Value);
        }
    }

    private readonly record struct Limits(long? Connections, long? Messages)
    {
        public bool IsAny => Connections is not null || Messages is not null;
    }

    private sealed record Exhaustion(bool All, HashSet<string> Hubs);

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Metering + 1,
            LogLevel.Warning,
            "Connection count reaches limit: clients of hub {Hub}, and maybe others, are refused. See Gateway:Quotas.",
            EventName = "ConnectionQuotaReached")]
        public static partial void ConnectionsReached(ILogger logger, string hub);

        [LoggerMessage(
            Observability.EventIds.Metering + 2,
            LogLevel.Warning,
            "Message count reaches limit: hub {Hub} has used its {Units} units of the day, and its clients are closed until the next. See Gateway:Quotas.",
            EventName = "HubMessageQuotaReached")]
        public static partial void MessagesReached(ILogger logger, string hub, long units);

        [LoggerMessage(
            Observability.EventIds.Metering + 3,
            LogLevel.Warning,
            "Message count reaches limit: all hubs together have used their {Units} units of the day, and all clients are closed until the next. "
            + "See Gateway:Quotas.",
            EventName = "MessageQuotaReached")]
        public static partial void AllMessagesReached(ILogger logger, long units);
    }
}
