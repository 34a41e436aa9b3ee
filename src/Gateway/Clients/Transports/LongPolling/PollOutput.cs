using System.Buffers;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Clients.Transports.LongPolling;

/// <summary>
/// Holds messages for the next poll. It accepts messages up to a small limit; then the outbox waits, and the outbox's own limit decides
/// when the client is too slow.
/// </summary>
/// <param name="queued">The node's count of queued bytes.</param>
internal sealed class PollOutput(QueuedBytes queued) : IConnectionOutput
{
    // The outbox writes in batches, and one poll should carry several.
    private const int RoomBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // All below under _gate.
    private ArrayBufferWriter<byte>? _messages;
    private readonly HeldBytes _held = queued.Hold(0);
    private TaskCompletionSource? _room;
    private TaskCompletionSource<PollResult>? _poll;
    private bool _ended;

    public bool TakesPings => false;

    public OutputKeeps Keeps => OutputKeeps.Counted;

    /// <summary>Completes when the output is complete and polls have taken all messages.</summary>
    public Task Drained => _drained.Task;

    public ReadOnlySpan<byte> BytesOf(Frame frame) => frame == Frame.End ? [] : frame.Payload.Span;

    public ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
    {
        TaskCompletionSource<PollResult>? poll;
        PollResult result;
        lock (_gate)
        {
            if (bytes.IsEmpty || _ended)
            {
                return default;
            }

            (_messages ??= new ArrayBufferWriter<byte>(bytes.Length)).Write(bytes);
            _held.Change(_messages.Capacity);
            if (_poll is null)
            {
                return _messages.WrittenCount < RoomBytes
                    ? default
                    : new ValueTask((_room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task);
            }

            (poll, _poll) = (_poll, null);
            result = Take(out _);
        }

        poll.TrySetResult(result);
        return default;
    }

    /// <summary>Waits for messages, and replaces a poll that is already waiting.</summary>
    public Task<PollResult> PollAsync()
    {
        TaskCompletionSource<PollResult>? older;
        TaskCompletionSource? room = null;
        Task<PollResult> answer;
        lock (_gate)
        {
            (older, _poll) = (_poll, null);
            if (_messages is not null)
            {
                answer = Task.FromResult(Take(out room));
            }
            else if (_ended)
            {
                answer = Task.FromResult(new PollResult(PollEnd.Ended, default));
            }
            else
            {
                _poll = new TaskCompletionSource<PollResult>(TaskCreationOptions.RunContinuationsAsynchronously);
                answer = _poll.Task;
            }
        }

        older?.TrySetResult(new PollResult(PollEnd.Superseded, default));
        room?.TrySetResult();
        return answer;
    }

    /// <summary>Ends a waiting poll unless a newer one has replaced it.</summary>
    public void EndPoll(Task<PollResult> poll, PollEnd end)
    {
        TaskCompletionSource<PollResult>? ended = null;
        lock (_gate)
        {
            if (_poll?.Task == poll)
            {
                (ended, _poll) = (_poll, null);
            }
        }

        ended?.TrySetResult(new PollResult(end, default));
    }

    /// <summary>Completes the output: polls take the remaining messages, and are then answered with the end.</summary>
    /// <param name="discard">True to drop the remaining messages.</param>
    public void Complete(bool discard)
    {
        TaskCompletionSource<PollResult>? poll;
        TaskCompletionSource? room;
        lock (_gate)
        {
            _ended = true;
            (poll, _poll) = (_poll, null);
            (room, _room) = (_room, null);
            if (discard)
            {
                _messages = null;
                _held.Change(0);
            }

            if (_messages is null)
            {
                _drained.TrySetResult();
            }
        }

        poll?.TrySetResult(new PollResult(PollEnd.Ended, default));
        room?.TrySetResult();
    }

    private PollResult Take(out TaskCompletionSource? room)
    {
        (room, _room) = (_room, null);
        var messages = _messages!.WrittenMemory;
        _messages = null;
        _held.Change(0);
        if (_ended)
        {
            _drained.TrySetResult();
        }

        return new PollResult(PollEnd.Data, messages);
    }
}
