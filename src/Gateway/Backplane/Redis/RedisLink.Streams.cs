using Serverless.Gateway.Backplane.Redis.Streams;

namespace Serverless.Gateway.Backplane.Redis;

/// <summary>What streams need of the link.</summary>
internal sealed partial class RedisLink : IStreamRedis
{
    /// <summary>
    /// Told when a connection is there and all is heard that is to be heard by it, with how long it was away (null at first), and when a
    /// slot has moved. Set once, before <see cref="RunAsync"/>.
    /// </summary>
    public Action<TimeSpan?>? Up { get; set; }

    /// <summary>Told when a slot has moved, and for a moment nothing was heard of what is in it. Set once, does not wait.</summary>
    public Action? Deaf { get; set; }

    /// <summary>Told of each write that Redis takes or refuses. Set once.</summary>
    public RedisRefusals? Refusals { get; set; }

    public async Task<RespValue> AskAsync(RespConnection connection, ReadOnlyMemory<byte> key, params ReadOnlyMemory<byte>[] command)
    {
        try
        {
            return await connection.AskAsync(command);
        }
        catch (RedisException exception)
        {
            lock (_gate)
            {
                var slot = SlotOf(key.Span);
                if (OwnerOf(slot) is { } shard && shard.Connection == connection
                    && RedisRedirection.Read(exception.Message, shard.Endpoint) is { Kind: RedisRedirection.Moved } moved)
                {
                    Follow(slot, shard, moved);
                }
            }

            // It was not done, and is to be done over another connection: as if this one were lost.
            if (exception.Message.StartsWith(RedisRedirection.Moved, StringComparison.Ordinal))
            {
                throw new IOException("The slot has moved.", exception);
            }

            throw;
        }
    }

    // Not under the lock: who is told may ask.
    private void TellOfMove() => ThreadPool.QueueUserWorkItem(static link => link.Up?.Invoke(null), this, preferLocal: false);

    private void Refused(string reason)
    {
        Log.Refused(_logger, reason);

        // Others concern the command, not the server.
        if (reason.StartsWith("OOM", StringComparison.Ordinal) || reason.StartsWith("MISCONF", StringComparison.Ordinal)
            || reason.StartsWith("READONLY", StringComparison.Ordinal))
        {
            Refusals?.Note(reason);
        }
    }
}
