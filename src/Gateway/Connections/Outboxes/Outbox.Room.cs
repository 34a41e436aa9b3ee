using System.Diagnostics.CodeAnalysis;
using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>
/// Room for those who can wait with what they send: they keep to a quarter of the bound, and so never make a slow client one that is too
/// slow; the rest is for those who cannot wait.
/// </summary>
internal sealed partial class Outbox
{
    // Under _gate; null while nobody waits.
    private TaskCompletionSource? _room;

    /// <summary>Puts a frame in line if there is room for it, and writes it as <see cref="Send"/> does. A closed outbox drops it.</summary>
    /// <param name="frame">The frame; one larger than all the room waits for an empty line.</param>
    /// <param name="room">What to wait for before the next try; it is no promise.</param>
    /// <returns>False if it was not taken.</returns>
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

    // Under _gate, whenever frames have left or nothing is taken any more. Those who wait go on on another thread.
    private void SignalRoom()
    {
        if (_room is not null && (_closed || _frames.Bytes <= MaxWaitingBytes))
        {
            _room.SetResult();
            _room = null;
        }
    }
}
