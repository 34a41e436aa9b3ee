using System.Diagnostics;

namespace Serverless.Load;

/// <summary>
/// Clients that invoke <c>Relay</c> and check the result: each when its last result has arrived, or all in turn at a steady pace.
/// </summary>
internal sealed class InvocationWorkload : MeasuredWorkload
{
    private readonly byte[] _message;
    private readonly byte[] _frame;
    private readonly int _idAt;
    private readonly int _payloadAt;
    private readonly int _payloadBytes;
    private readonly double _interval;
    private readonly bool _isPaced;
    private DeliveryFaults _faults;
    private long _sent;
    private long _answered;
    private long _wrong;
    private double _due;
    private int _turn;

    /// <param name="loop">The clients, all connected.</param>
    /// <param name="payloadBytes">The size of the one argument.</param>
    /// <param name="perSecond">Invocations per second over all clients, or null for a closed loop.</param>
    internal InvocationWorkload(ClientLoop loop, int payloadBytes, double? perSecond)
        : base(loop)
    {
        _payloadBytes = payloadBytes;
        _message = HubMessage.Invocation(payloadBytes, out _idAt, out _payloadAt);
        _frame = new byte[FrameWriter.SizeFor(_message.Length)];
        _isPaced = perSecond is not null;
        _interval = Stopwatch.Frequency / (perSecond ?? 1);
    }

    internal override bool IsQuiet => _answered == _sent;

    internal override Faults Faults
    {
        get
        {
            var lost = _faults.Missing;
            foreach (ref readonly var connection in Loop.Connections.AsSpan())
            {
                lost += connection.Phase == ConnectionPhase.Open ? connection.NextInvocation - connection.FirstLane.Next : 0;
            }

            return new Faults(lost, _faults.Duplicated, _faults.OutOfOrder, Loop.Broken, _wrong);
        }
    }

    public override TimeSpan Pace(long now)
    {
        if (IsStopped)
        {
            return TimeSpan.MaxValue;
        }

        if (!_isPaced)
        {
            for (; _turn < Loop.Connections.Length; _turn++)
            {
                Invoke(_turn, now);
            }

            return TimeSpan.MaxValue;
        }

        for (_due = _due == 0 ? now : _due; _due <= now; _due += _interval)
        {
            Invoke(_turn, (long)_due);
            _turn = (_turn + 1) % Loop.Connections.Length;
        }

        return Stopwatch.GetElapsedTime(now, (long)_due);
    }

    public override void Receive(int client, HubMessageKind kind, ReadOnlySpan<byte> message, long now)
    {
        if (kind != HubMessageKind.Completion ||
            !Payload.TryRead(message, _payloadBytes, out _, out var sequence, out var sent) ||
            !HubMessage.IsResultOf(message, sequence))
        {
            _wrong++;
            return;
        }

        if (!Loop.Connections[client].FirstLane.Receive(sequence, ref _faults))
        {
            return;
        }

        _answered++;
        Count(sent, now);
        if (!_isPaced && !IsStopped)
        {
            Invoke(client, now);
        }
    }

    private void Invoke(int client, long timestamp)
    {
        ref var connection = ref Loop.Connections[client];
        if (connection.Phase != ConnectionPhase.Open)
        {
            return;
        }

        var number = connection.NextInvocation++;
        Payload.WriteDigits(_message.AsSpan(_idAt, 8), number);
        Payload.Write(_message.AsSpan(_payloadAt), 0, number, timestamp);
        _sent++;
        Loop.Send(client, _frame.AsSpan(0, FrameWriter.WriteText(_message, _frame)));
    }
}
