using System.Diagnostics;

namespace Serverless.Load;

/// <summary>
/// Publishers that broadcast to all clients: a single one at a steady pace, or each as soon as its last broadcast has reached all
/// clients, which with two publishers keeps two broadcasts in flight.
/// </summary>
internal sealed class BroadcastWorkload : MeasuredWorkload
{
    private readonly Publisher[] _publishers;
    private readonly long[] _delivered;
    private long _interval;
    private readonly int _payloadBytes;
    private DeliveryFaults _faults;
    private long _unreadable;
    private long _due;

    /// <param name="loop">The clients, all connected.</param>
    /// <param name="publishers">One publisher per lane.</param>
    /// <param name="payloadBytes">The size of the one argument.</param>
    /// <param name="interval">The time from one broadcast to the next, or null to send the next one when the last has arrived.</param>
    internal BroadcastWorkload(ClientLoop loop, Publisher[] publishers, int payloadBytes, TimeSpan? interval)
        : base(loop)
    {
        _publishers = publishers;
        _delivered = new long[publishers.Length];
        _payloadBytes = payloadBytes;
        _interval = (long)((interval?.TotalSeconds ?? 0) * Stopwatch.Frequency);
    }

    internal override bool IsQuiet
    {
        get
        {
            for (var lane = 0; lane < _publishers.Length; lane++)
            {
                if (!HasArrived(lane))
                {
                    return false;
                }
            }

            return true;
        }
    }

    internal override Faults Faults
    {
        get
        {
            var lost = _faults.Missing;
            foreach (ref readonly var connection in Loop.Connections.AsSpan())
            {
                if (connection.Phase == ConnectionPhase.Open)
                {
                    lost += _publishers[0].Accepted - connection.FirstLane.Next;
                    lost += _publishers.Length > 1 ? _publishers[1].Accepted - connection.SecondLane.Next : 0;
                }
            }

            return new Faults(lost, _faults.Duplicated, _faults.OutOfOrder, Loop.Broken, _unreadable);
        }
    }

    /// <summary>Makes each publisher send as soon as its last broadcast has arrived.</summary>
    internal void SendWithoutPause() => _interval = 0;

    public override TimeSpan Pace(long now)
    {
        if (IsStopped)
        {
            return TimeSpan.MaxValue;
        }

        if (_interval == 0)
        {
            for (var lane = 0; lane < _publishers.Length; lane++)
            {
                if (HasArrived(lane))
                {
                    _publishers[lane].Publish(now);
                }
            }

            return TimeSpan.MaxValue;
        }

        _due = _due == 0 ? now : _due;
        if (now >= _due && !_publishers[0].IsWaiting)
        {
            // The scheduled time of sending, so that a server does not improve its latency by answering late.
            _publishers[0].Publish(_due);
            _due += _interval;
        }

        return Stopwatch.GetElapsedTime(now, Math.Max(_due, now));
    }

    public override void Receive(int client, HubMessageKind kind, ReadOnlySpan<byte> message, long now)
    {
        if (kind != HubMessageKind.Invocation ||
            !Payload.TryRead(message, _payloadBytes, out var lane, out var sequence, out var sent) ||
            (uint)lane >= (uint)_publishers.Length)
        {
            _unreadable++;
            return;
        }

        ref var connection = ref Loop.Connections[client];
        ref var window = ref connection.FirstLane;
        if (lane == 1)
        {
            window = ref connection.SecondLane;
        }

        if (window.Receive(sequence, ref _faults))
        {
            _delivered[lane]++;
            Count(sent, now);
        }
    }

    private bool HasArrived(int lane)
    {
        var publisher = _publishers[lane];
        return !publisher.IsWaiting && _delivered[lane] >= (long)publisher.Accepted * Loop.Open;
    }
}
