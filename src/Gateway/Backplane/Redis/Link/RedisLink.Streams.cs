
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;

namespace Serverless.Gateway.Backplane.Redis.Link;

/// <summary>What streams need of the link.</summary>
internal sealed partial class RedisLink : IStreamRedis
{
    private bool _isTellingOfMove;

    /// <summary>
    /// Told when a connection is there and all is heard that is to be heard by it, with how long it was away (null at first), and when a
    /// slot has moved. Set once, before <see cref="RunAsync"/>.
    /// </summary>
    public Action<TimeSpan?>? Up { get; set; }

    /// <summary>Told of each new connection. Set once, does not wait.</summary>
    public Action? Connected { get; set; }

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
        catch (RedisException exception) when (RedisRedirection.Read(exception.Message, _configured) is not null)
        {
            if (await FollowAsync(connection, SlotOf(key.Span), exception.Message) is { } ahead)
            {
                return await ahead.AskAheadAsync(command);
            }

            // It was not done, and is to be done over another connection or a little later: as if this one were lost.
            throw new IOException(exception.Message, exception);
        }
    }

    private async Task<RespConnection?> FollowAsync(RespConnection connection, int slot, string error)
    {
        RedisShard? shard;
        lock (_gate)
        {
            shard = OwnerOf(slot);
        }

        if (shard is null || shard.Connection != connection)
        {
            return null; // it is known already
        }

        var redirection = RedisRedirection.Read(error, shard.Endpoint)!.Value;
        var ahead = await FollowAsync(slot, shard, redirection);
        if (ahead is null && redirection.Kind != RedisRedirection.Moved)
        {
            TellOfMove();
        }

        return ahead;
    }

    // Not under the lock: who is told may ask. Once for all that is told meanwhile.
    private void TellOfMove()
    {
        if (!Interlocked.Exchange(ref _isTellingOfMove, true))
        {
            ThreadPool.QueueUserWorkItem(
                static link =>
                {
                    Volatile.Write(ref link._isTellingOfMove, false);
                    link.Up?.Invoke(null);
                },
                this,
                preferLocal: false);
        }
    }

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
