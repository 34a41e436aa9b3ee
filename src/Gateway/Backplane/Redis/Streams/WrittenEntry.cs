namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>The result of writing a message to a stream.</summary>
internal enum WriteEnd
{
    /// <summary>Redis has the message.</summary>
    Written,

    /// <summary>The message waits for Redis and will be written when that is possible.</summary>
    Waits,

    /// <summary>Redis refused the message, and it is dropped.</summary>
    Refused,

    /// <summary>Too many bytes wait already, and the message is dropped.</summary>
    TooMuchWaits,
}

/// <summary>
/// Represents a message that Redis is to take, or has taken a moment ago. Everything but <see cref="End"/> is guarded by the writer's lock.
/// </summary>
internal sealed class WrittenEntry(byte[] message)
{
    private readonly TaskCompletionSource<WriteEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte[] Message { get; } = message;

    /// <summary>Gets or sets the position in the stream; null until Redis has it.</summary>
    public StreamId? Id { get; set; }

    /// <summary>Gets or sets the clock reading at which Redis took it.</summary>
    public long WrittenAt { get; set; }

    /// <summary>Gets or sets a value that indicates whether Redis has refused it and it has not been sent again.</summary>
    public bool IsRefused { get; set; }

    /// <summary>Gets a value that indicates whether the caller has the answer that it will be written.</summary>
    public bool IsPromised { get; private set; }

    /// <summary>Gets a task with the result for the caller.</summary>
    public Task<WriteEnd> End => _end.Task;

    /// <summary>Promises the caller that it will be written.</summary>
    public void Promise()
    {
        IsPromised = true;
        _end.TrySetResult(WriteEnd.Waits);
    }

    public void Complete(WriteEnd end) => _end.TrySetResult(end);
}
