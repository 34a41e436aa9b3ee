using System.Collections.Concurrent;
using System.Diagnostics;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>
/// Records the messages that nodes accepted and the messages that each session of each client received, and finds the faults between them.
/// </summary>
internal sealed class DeliveryRecord
{
    // The time between a node's last read from Redis and the client's read of its Close, on a busy machine.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(300);

    private readonly ConcurrentQueue<AcceptedMessage> _accepted = new();
    private readonly ConcurrentQueue<SeenSession> _sessions = new();

    /// <summary>The accepted messages, in the order of the calls.</summary>
    public IReadOnlyCollection<AcceptedMessage> Accepted => _accepted;

    public IReadOnlyCollection<SeenSession> Sessions => _sessions;

    /// <summary>Records that a node answered a call with 202.</summary>
    public void Accept(AcceptedMessage message) => _accepted.Enqueue(message);

    /// <summary>Records that a client has connected.</summary>
    public SeenSession Open(long now)
    {
        var session = new SeenSession(now);
        _sessions.Enqueue(session);
        return session;
    }

    /// <summary>Returns the lost, repeated and out-of-order messages. Order is defined per accepting node.</summary>
    public IReadOnlyList<string> Faults() => [.. _sessions.SelectMany(FaultsOf)];

    /// <summary>Returns the faults in connection events: each connection must have one connected and one disconnected event.</summary>
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

/// <summary>A message, the node that accepted it, and the times (clock readings).</summary>
internal sealed record AcceptedMessage(int Number, string Node, long SentAt, long AcceptedAt);

/// <summary>A connection of a client, from its handshake to its Close.</summary>
internal sealed class SeenSession(long openedAt)
{
    public long OpenedAt { get; } = openedAt;

    /// <summary>The time at which the client read its Close; the maximum value without one.</summary>
    public long ClosedAt { get; set; } = long.MaxValue;

    public ConcurrentQueue<int> Seen { get; } = new();
}
