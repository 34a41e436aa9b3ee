using System.Globalization;
using Serverless.Gateway.Backplane.Redis.Lanes;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Link;

/// <summary>Commands about keys, at the server that owns the key's slot.</summary>
internal sealed partial class RedisLink
{
    private const int MaxRedirections = 5;

    private static readonly TimeSpan RedirectionPause = TimeSpan.FromMilliseconds(100);
    private static readonly ReadOnlyMemory<byte> PingCommand = Part("PING");

    /// <summary>Returns the connection to the server that owns a key's slot; null while it is unreachable.</summary>
    public RespConnection? ConnectionFor(ReadOnlyMemory<byte> key) => _slots.OwnerOf(_slots.SlotOf(key.Span)).Connection;

    /// <summary>Sends a command whose first argument is its key.</summary>
    /// <exception cref="RedisException">Redis refused it.</exception>
    /// <exception cref="IOException">Redis is unreachable, or the connection broke: the command may or may not have been executed.</exception>
    public Task<RespValue> AskAsync(params ReadOnlyMemory<byte>[] command) => AskAsync(_slots.SlotOf(command[1].Span), command);

    /// <summary>Runs a script on keys of one slot.</summary>
    /// <exception cref="RedisException">Redis refused it.</exception>
    /// <exception cref="IOException">Redis is unreachable, or the connection broke: the script may or may not have run.</exception>
    public Task<RespValue> RunScriptAsync(ReadOnlyMemory<byte> script, ReadOnlyMemory<byte>[] keys, params ReadOnlyMemory<byte>[] arguments) =>
        AskAsync(_slots.SlotOf(keys[0].Span), Evaluation(script, keys, arguments));

    /// <summary>Sends a command whose first argument is its key; returns null while Redis is unreachable, or if it refuses.</summary>
    public ValueTask<RespValue?> TryAskAsync(params ReadOnlyMemory<byte>[] command) => AnswerAsync(AskAsync(command));

    /// <summary>Runs a script on keys of one slot; returns null while Redis is unreachable, or if it refuses.</summary>
    public ValueTask<RespValue?> TryRunAsync(ReadOnlyMemory<byte> script, ReadOnlyMemory<byte>[] keys, params ReadOnlyMemory<byte>[] arguments) =>
        AnswerAsync(RunScriptAsync(script, keys, arguments));

    /// <summary>Sends a command to one server; returns null if it is unreachable, or refuses.</summary>
    public ValueTask<RespValue?> TryAskAsync(RespConnection server, params ReadOnlyMemory<byte>[] command) => AnswerAsync(server.AskAsync(command));

    /// <inheritdoc/>
    public async Task<RespValue> AskAsync(RespConnection connection, ReadOnlyMemory<byte> key, params ReadOnlyMemory<byte>[] command)
    {
        try
        {
            return await connection.AskAsync(command);
        }
        catch (RedisException exception) when (RedisRedirection.Read(exception.Message, _configured) is not null)
        {
            if (await FollowAsync(connection, _slots.SlotOf(key.Span), exception.Message) is { } ahead)
            {
                return await ahead.AskAheadAsync(command);
            }

            // It was not executed, and is to be sent over another connection or a little later: as if this connection were lost.
            throw new IOException(exception.Message, exception);
        }
    }

    private static ReadOnlyMemory<byte>[] Evaluation(ReadOnlyMemory<byte> script, ReadOnlyMemory<byte>[] keys, ReadOnlyMemory<byte>[] arguments) =>
        [Part("EVAL"), script, Part(keys.Length.ToString(CultureInfo.InvariantCulture)), .. keys, .. arguments];

    private async Task<RespValue> AskAsync(int slot, ReadOnlyMemory<byte>[] command)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (_slots.OwnerOf(slot) is not { Shard: { } shard, Connection: { } connection })
            {
                throw new IOException("Redis is unreachable");
            }

            try
            {
                return await connection.AskAsync(command);
            }
            catch (RedisException exception)
                when (RedisRedirection.Read(exception.Message, shard.Endpoint) is { } redirection && attempt < MaxRedirections)
            {
                if (await FollowAsync(slot, shard, redirection) is { } ahead)
                {
                    return await ahead.AskAheadAsync(command);
                }
            }
        }
    }

    private async Task<RespConnection?> FollowAsync(RespConnection connection, int slot, string error)
    {
        if (_slots.OwnerOf(slot) is not { Shard: { } shard } owner || owner.Connection != connection)
        {
            return null; // the move is known already
        }

        var redirection = RedisRedirection.Read(error, shard.Endpoint)!.Value;
        var ahead = await FollowAsync(slot, shard, redirection);
        if (ahead is null && redirection.Kind != RedisRedirection.Moved)
        {
            _moved.Set();
        }

        return ahead;
    }

    // Returns the server that has the key already, if this one command is to be sent there.
    private async Task<RespConnection?> FollowAsync(int slot, RedisShard teller, RedisRedirection redirection)
    {
        var next = _slots.FollowForKey(slot, teller, redirection);
        if (next.HasMoved)
        {
            _lanes.Move([slot], isCertain: false);
        }

        if (next.Ahead is null && !next.HasNext)
        {
            await Task.Delay(RedirectionPause, _time);
        }

        return next.Ahead;
    }

    private async ValueTask<RespValue?> AnswerAsync(Task<RespValue> asked)
    {
        try
        {
            return await asked;
        }
        catch (RedisException exception)
        {
            Refused(exception.Message);
            return null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private void Refused(string reason)
    {
        RedisLog.Refused(_logger, reason);

        // Other reasons are about the command, not about the server.
        if (reason.StartsWith("OOM", StringComparison.Ordinal) || reason.StartsWith("MISCONF", StringComparison.Ordinal)
            || reason.StartsWith("READONLY", StringComparison.Ordinal))
        {
            Refusals?.Note(reason);
        }
    }
}
