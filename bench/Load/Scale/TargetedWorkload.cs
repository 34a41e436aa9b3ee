using System.Diagnostics;

namespace Serverless.Load.Scale;

/// <summary>
/// Sends at a steady pace to one target after the other, by publishers that take turns. All messages of a target come from the same
/// publisher, so their order is guaranteed.
/// </summary>
internal sealed class TargetedWorkload : MeasuredWorkload
{
    private readonly Publisher[] _publishers;
    private readonly BroadcastRequest[] _requests;
    private readonly uint[] _sent;
    private readonly int _receivers;
    private readonly int _payloadBytes;
    private readonly long _interval;
    private DeliveryFaults _faults;
    private long _unreadable;
    private long _delivered;
    private long _due;
    private int _next;

    /// <param name="loop">The clients, all connected; <paramref name="receivers"/> in a row share a target.</param>
    /// <param name="publishers">The publishers.</param>
    /// <param name="requests">The request for each target, to its publisher's node.</param>
    /// <param name="receivers">The number of clients of each target.</param>
    /// <param name="payloadBytes">The size of the one argument.</param>
    /// <param name="interval">The time from one message to the next.</param>
    internal TargetedWorkload(
        ClientLoop loop, Publisher[] publishers, BroadcastRequest[] requests, int receivers, int payloadBytes, TimeSpan interval)
        : base(loop)
    {
        _publishers = publishers;
        _requests = requests;
        _sent = new uint[requests.Length];
        _receivers = receivers;
        _payloadBytes = payloadBytes;
        _interval = (long)(interval.TotalSeconds * Stopwatch.Frequency);
    }

    /// <summary>Returns the index of the publisher that sends to a target, chosen so that each publisher sends to clients of every node.</summary>
    internal static int PublisherOf(int target, int publishers) => (target + (target / publishers)) % publishers;

    internal override bool IsQuiet =>
        !_publishers.Any(publisher => publisher.IsWaiting) && _delivered >= _publishers.Sum(publisher => (long)publisher.Accepted) * _receivers;

    internal override Faults Faults
    {
        get
        {
            var lost = _faults.Missing;
            for (var client = 0; client < Loop.Connections.Length; client++)
            {
                ref readonly var connection = ref Loop.Connections[client];
                lost += connection.Phase == ConnectionPhase.Open ? _sent[client / _receivers] - connection.FirstLane.Next : 0;
            }

            var refused = _publishers.Sum(publisher => publisher.Refused);
            return new Faults(lost, _faults.Duplicated, _faults.OutOfOrder, Loop.Broken, _unreadable + refused);
        }
    }

    public override TimeSpan Pace(long now)
    {
        if (IsStopped)
        {
            return TimeSpan.MaxValue;
        }

        _due = _due == 0 ? now : _due;
        while (now >= _due)
        {
            var publisher = _publishers[PublisherOf(_next, _publishers.Length)];
            if (publisher.IsWaiting)
            {
                // The response wakes the loop.
                return TimeSpan.MaxValue;
            }

            publisher.Publish(_requests[_next], _sent[_next]++, _due);
            _next = (_next + 1) % _requests.Length;
            _due += _interval;
        }

        return Stopwatch.GetElapsedTime(now, _due);
    }

    public override void Receive(int client, HubMessageKind kind, ReadOnlySpan<byte> message, long now)
    {
        if (kind != HubMessageKind.Invocation || !Payload.TryRead(message, _payloadBytes, out _, out var sequence, out var sent))
        {
            _unreadable++;
        }
        else if (Loop.Connections[client].FirstLane.Receive(sequence, ref _faults))
        {
            _delivered++;
            Count(sent, now);
        }
    }
}
