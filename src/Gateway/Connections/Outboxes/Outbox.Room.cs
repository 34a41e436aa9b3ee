using System.Diagnostics.CodeAnalysis;
using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>
/// Room for senders that can wait. They use at most a quarter of the bound, so that they never turn a slow client into one that is
/// closed as too slow. The rest is for senders that cannot wait.
/// </summary>
internal sealed partial class Outbox
{
    // Under _gate; null while no sender waits.
    private TaskCompletionSource? _room;

    /// <summary>Queues a frame if there is room for it, and writes it as <see cref="Send"/> does. A closed outbox drops it.</summary>
    /// <param name="frame">The frame. One that is larger than all the room waits for an empty queue.</param>
    /// <param name="room">A task to await before the next try, which may fail again.</param>
    /// <returns>False if the frame was not queued.</returns>
    public bool TrySend(Frame frame, [NotNullWhen(false)] out Task? room)
    {
        room = null;
        bool take;
        lock (_gate)
        {
            if (_closed)
            {
                return true;
            }

            if (_frames.Count > 0 && _frames.Bytes + frame.Cost > MaxWaitingBytes)
            {
                room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
                return false;
            }

            _frames.Push(frame);
            CountIfBlocked();
            take = !_owned;
            _owned = true;
        }

        if (take)
        {
            Drain();
        }

        return true;
    }

    private int MaxWaitingBytes => _maxBytes / 4;

    // Under _gate, whenever frames have left or the outbox has closed. The senders that wait continue on another thread.
    private void SignalRoom()
    {
        if (_room is not null && (_closed || _frames.Bytes <= MaxWaitingBytes))
        {
            _room.SetResult();
            _room = null;
        }
    }
}
