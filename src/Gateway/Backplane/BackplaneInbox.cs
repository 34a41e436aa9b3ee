using System.Threading.Channels;

namespace Serverless.Gateway.Backplane;

/// <summary>Queues the messages of other nodes, bounded in bytes. One loop handles them, one at a time and in order.</summary>
internal sealed class BackplaneInbox(long maxBytes = BackplaneInbox.DefaultMaxBytes)
{
    /// <summary>The default bound: as many bytes as Redis keeps, by its own default, for a subscriber that does not read.</summary>
    public const long DefaultMaxBytes = 32 * 1024 * 1024;

    private const int BytesPerMessage = 256; // objects and names in addition to the payload

    private readonly Channel<(BackplaneMessage? Message, int Bytes, TaskCompletionSource? Mark)> _line =
        Channel.CreateUnbounded<(BackplaneMessage? Message, int Bytes, TaskCompletionSource? Mark)>(new() { SingleReader = true });

    private readonly Lock _gate = new();

    // Under _gate.
    private long _bytes;
    private TaskCompletionSource? _room;

    /// <summary>Gets the bytes of the messages that wait or are being handled.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Gets a value that indicates whether the bytes are within the bound.</summary>
    public bool HasRoom => Bytes < maxBytes;

    /// <summary>Adds a message, even beyond the bound.</summary>
    public void Add(BackplaneMessage message, int bytes)
    {
        lock (_gate)
        {
            _bytes += bytes + BytesPerMessage;
        }

        _line.Writer.TryWrite((message, bytes + BytesPerMessage, null));
    }

    /// <summary>Completes when the bytes are within the bound.</summary>
    public Task RoomAsync()
    {
        lock (_gate)
        {
            return HasRoom ? Task.CompletedTask : (_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Completes when all messages added so far have been handled.</summary>
    public Task MarkAsync()
    {
        var mark = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _line.Writer.TryWrite((null, 0, mark));
        return mark.Task;
    }

    /// <summary>Handles messages until the host stops. <paramref name="act"/> must not throw.</summary>
    public async Task RunAsync(Func<BackplaneMessage, ValueTask> act, CancellationToken stopping)
    {
        try
        {
            await foreach (var (message, bytes, mark) in _line.Reader.ReadAllAsync(stopping))
            {
                mark?.TrySetResult();
                if (message is not null)
                {
                    await act(message);
                    Release(bytes);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private void Release(int bytes)
    {
        TaskCompletionSource? room = null;
        lock (_gate)
        {
            _bytes -= bytes;
            if (HasRoom)
            {
                (room, _room) = (_room, null);
            }
        }

        room?.TrySetResult();
    }
}
