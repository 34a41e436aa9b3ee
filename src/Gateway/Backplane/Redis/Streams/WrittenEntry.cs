namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>How a message that was to be written ended.</summary>
internal enum WriteEnd
{
    /// <summary>Redis has it.</summary>
    Written,

    /// <summary>It waits for Redis, and will be written when that is possible.</summary>
    Waits,

    /// <summary>Redis refused it; it is nowhere.</summary>
    Refused,

    /// <summary>Too much waits already; it is nowhere.</summary>
    TooMuchWaits,
}

/// <summary>A message that Redis is to take, or has taken a moment ago. All but the end is under the writer's lock.</summary>
internal sealed class WrittenEntry(byte[] message)
{
    private readonly TaskCompletionSource<WriteEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte[] Message { get; } = message;

    /// <summary>Its place in the stream, once Redis has it.</summary>
    public StreamId? Id { get; set; }

    /// <summary>When Redis had it.</summary>
    public long WrittenAt { get; set; }

    /// <summary>Redis has refused it, and it is not on its way again.</summary>
    public bool IsRefused { get; set; }

    /// <summary>The caller has been told that it will be written.</summary>
    public bool IsPromised { get; private set; }

    /// <summary>How it ended, as its caller is told.</summary>
    public Task<WriteEnd> End => _end.Task;

    /// <summary>From now on it is written whatever happens.</summary>
    public void Promise()
    {
        IsPromised = true;
        _end.TrySetResult(WriteEnd.Waits);
    }

    public void Complete(WriteEnd end) => _end.TrySetResult(end);
}
