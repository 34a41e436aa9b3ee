using System.Collections.Concurrent;
using System.Diagnostics;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>What a publisher was told is accepted, and what each session of each client saw; finds what is wrong between them.</summary>
internal sealed class DeliveryRecord
{
    // Between a node's last look at Redis and the client's reading of its Close, on a busy machine.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(300);

    private readonly ConcurrentQueue<AcceptedMessage> _accepted = new();
    private readonly ConcurrentQueue<SeenSession> _sessions = new();

    /// <summary>Accepted messages, in the order of the calls.</summary>
    public IReadOnlyCollection<AcceptedMessage> Accepted => _accepted;

    public IReadOnlyCollection<SeenSession> Sessions => _sessions;

    /// <summary>A call was answered with 202 by a node.</summary>
    public void Accept(AcceptedMessage message) => _accepted.Enqueue(message);

    /// <summary>A client is connected.</summary>
    public SeenSession Open(long now)
    {
        var session = new SeenSession(now);
        _sessions.Enqueue(session);
        return session;
    }

    /// <summary>Everything that was lost, repeated or out of order. Order is that of one accepting node.</summary>
    public IReadOnlyList<string> Faults() => [.. _sessions.SelectMany(FaultsOf)];

    /// <summary>What is wrong with the events of connections: each must have begun once and ended once.</summary>
    public static IReadOnlyList<string> UnpairedIn(IReadOnlyCollection<(string Event, string ConnectionId)> events) =>
    [
        .. events.GroupBy(one => one.ConnectionId)
            .Where(group => !group.Select(one => one.Event).SequenceEqual(["connected", "disconnected"]))
            .Select(group => $"{group.Key} has {string.Join(", ", group.Select(one => one.Event))}"),
    ];

    public string Summary(string fault)
    {
        var faults = Faults();
        return $"{fault}: accepted {_accepted.Count}, delivered {_sessions.Sum(one => one.Seen.Count)} to {_sessions.Count} sessions, "
            + $"lost {faults.Count(IsLoss)}, repeated {faults.Count(IsRepeat)}";
    }

    private static bool IsLoss(string fault) => fault.Contains("lost", StringComparison.Ordinal);

    private static bool IsRepeat(string fault) => fault.Contains("repeated", StringComparison.Ordinal);

    private IEnumerable<string> FaultsOf(SeenSession session)
    {
        var seen = session.Seen.ToHashSet();
        foreach (var repeated in session.Seen.GroupBy(number => number).Where(group => group.Count() > 1))
        {
            yield return $"{repeated.Key} is repeated";
        }

        var last = session.ClosedAt == long.MaxValue ? long.MaxValue : session.ClosedAt - (long)(Margin.TotalSeconds * Stopwatch.Frequency);
        foreach (var node in _accepted.GroupBy(message => message.Node))
        {
            var numbers = node.Select(message => message.Number).ToHashSet();
            var heard = session.Seen.Where(numbers.Contains).ToList();
            var (lowest, highest) = heard.Count == 0 ? (int.MaxValue, int.MinValue) : (heard.Min(), heard.Max());
            foreach (var message in node.Where(message => !seen.Contains(message.Number)))
            {
                if ((message.SentAt >= session.OpenedAt && message.AcceptedAt <= last) || (message.Number > lowest && message.Number < highest))
                {
                    yield return $"{message.Number} of {message.Node} is lost";
                }
            }

            for (var i = 1; i < heard.Count; i++)
            {
                if (heard[i] < heard[i - 1])
                {
                    yield return $"{heard[i]} of {node.Key} came behind {heard[i - 1]}";
                }
            }
        }
    }
}

/// <summary>A message, the node that accepted it, and when (clock readings).</summary>
internal sealed record AcceptedMessage(int Number, string Node, long SentAt, long AcceptedAt);

/// <summary>One connection of a client, from its handshake to its Close.</summary>
internal sealed class SeenSession(long openedAt)
{
    public long OpenedAt { get; } = openedAt;

    /// <summary>When the client read its Close; the end of time for one that has none.</summary>
    public long ClosedAt { get; set; } = long.MaxValue;

    public ConcurrentQueue<int> Seen { get; } = new();
}
