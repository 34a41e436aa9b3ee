using System.Globalization;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Link;

/// <summary>Commands about keys, at the server that has the key's slot.</summary>
internal sealed partial class RedisLink
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first connection since the start is open; never fails.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Sends a command whose first argument is the key it is about.</summary>
    /// <exception cref="RedisException">Redis refused it.</exception>
    /// <exception cref="IOException">Redis is unreachable, or the connection broke: whether the command was done is not known.</exception>
    public Task<RespValue> AskAsync(params ReadOnlyMemory<byte>[] command) => AskAsync(SlotOf(command[1].Span), command);

    /// <summary>Runs a script on keys of one slot.</summary>
    /// <exception cref="RedisException">Redis refused it.</exception>
    /// <exception cref="IOException">Redis is unreachable, or the connection broke: whether the script ran is not known.</exception>
    public Task<RespValue> RunScriptAsync(ReadOnlyMemory<byte> script, ReadOnlyMemory<byte>[] keys, params ReadOnlyMemory<byte>[] arguments) =>
        AskAsync(SlotOf(keys[0].Span), Evaluation(script, keys, arguments));

    /// <summary>Sends a command whose first argument is the key it is about; null while Redis is unreachable, or if it refuses.</summary>
    public ValueTask<RespValue?> TryAskAsync(params ReadOnlyMemory<byte>[] command) => AnswerAsync(AskAsync(command));

    /// <summary>Runs a script on keys of one slot; null while Redis is unreachable, or if it refuses.</summary>
    public ValueTask<RespValue?> TryRunAsync(ReadOnlyMemory<byte> script, ReadOnlyMemory<byte>[] keys, params ReadOnlyMemory<byte>[] arguments) =>
        AnswerAsync(RunScriptAsync(script, keys, arguments));

    /// <summary>Sends a command to one server; null if it is unreachable, or refuses.</summary>
    public ValueTask<RespValue?> TryAskAsync(RespConnection server, params ReadOnlyMemory<byte>[] command) => AnswerAsync(server.AskAsync(command));

    private static ReadOnlyMemory<byte>[] Evaluation(ReadOnlyMemory<byte> script, ReadOnlyMemory<byte>[] keys, ReadOnlyMemory<byte>[] arguments) =>
        [Part("EVAL"), script, Part(keys.Length.ToString(CultureInfo.InvariantCulture)), .. keys, .. arguments];

    private async Task<RespValue> AskAsync(int slot, ReadOnlyMemory<byte>[] command)
    {
        for (var attempt = 0; ; attempt++)
        {
            RedisShard? shard;
            RespConnection? connection;
            lock (_gate)
            {
                shard = OwnerOf(slot);
                connection = shard?.Connection;
            }

            if (connection is null)
            {
                throw new IOException("Redis is unreachable");
            }

            try
            {
                return await connection.AskAsync(command);
            }
            catch (RedisException exception)
                when (RedisRedirection.Read(exception.Message, shard!.Endpoint) is { } redirection && attempt < MostRedirections)
            {
                if (await FollowAsync(slot, shard, redirection) is { } ahead)
                {
                    return await ahead.AskAheadAsync(command);
                }
            }
        }
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
}
