using System.Threading.Channels;

namespace Serverless.Gateway.Backplane;

/// <summary>What has come from other nodes and is to be acted on here: one message at a time and in order, bounded in bytes.</summary>
internal sealed class BackplaneInbox(long mostBytes = BackplaneInbox.DefaultMostBytes)
{
    /// <summary>As much as Redis keeps for a subscriber that does not read, by its own default.</summary>
    public const long DefaultMostBytes = 32 * 1024 * 1024;

    private const int BytesPerMessage = 256; // objects and names beside the payload

    private readonly Channel<(BackplaneMessage? Message, int Bytes, TaskCompletionSource? Mark)> _line =
        Channel.CreateUnbounded<(BackplaneMessage? Message, int Bytes, TaskCompletionSource? Mark)>(new() { SingleReader = true });

    private readonly Lock _gate = new();

    // Under _gate.
    private long _bytes;
    private TaskCompletionSource? _room;

    /// <summary>Bytes of what waits.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public bool HasRoom => Bytes < mostBytes;

    /// <summary>Adds a message, whether there is room or not.</summary>
    public void Add(BackplaneMessage message, int bytes)
    {
        lock (_gate)
        {
            _bytes += bytes + BytesPerMessage;
        }

        _line.Writer.TryWrite((message, bytes + BytesPerMessage, null));
    }

    /// <summary>Ends when there is room.</summary>
    public Task RoomAsync()
    {
        lock (_gate)
        {
            return HasRoom ? Task.CompletedTask : (_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Ends when all that is there now has been acted on.</summary>
    public Task MarkAsync()
    {
        var mark = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _line.Writer.TryWrite((null, 0, mark));
        return mark.Task;
    }

    /// <summary>Acts on what comes, until the host stops; <paramref name="act"/> throws nothing.</summary>
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
