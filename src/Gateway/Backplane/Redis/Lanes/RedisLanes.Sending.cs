using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;

namespace Serverless.Gateway.Backplane.Redis.Lanes;

/// <summary>The messages of the lanes.</summary>
internal sealed partial class RedisLanes
{
    /// <summary>The bound of <see cref="BytesWaiting"/>.</summary>
    public const int MaxWaitingBytes = 8 * 1024 * 1024;

    private static readonly TimeSpan MaxCounting = TimeSpan.FromSeconds(3);

    /// <summary>Gets the bytes of messages that wait for Redis.</summary>
    public int BytesWaiting
    {
        get
        {
            lock (_gate)
            {
                return _waitingBytes;
            }
        }
    }

    private ReadOnlyMemory<byte> PublishCommand => RespConnection.Part(_isBySlot ? "SPUBLISH" : "PUBLISH");

    /// <summary>Publishes a message, or keeps it until it can be published.</summary>
    /// <returns>Not sent if it is lost: too many bytes wait, or the connection broke before the answer.</returns>
    public async ValueTask<Published> PublishAsync(string channel, byte[] message)
    {
        Task<bool> sent;
        LaneMessage one;
        bool hearsItself;
        lock (_gate)
        {
            var lane = LaneOf(channel);
            hearsItself = lane.Channels.Contains(channel);
            one = lane.Create(channel, message, counted: null);
            if (!lane.CanPublish)
            {
                return new Published(TryWait(lane, one), null);
            }

            sent = SendAsync(lane, one);
        }

        var asked = time.GetTimestamp();
        if (!await sent)
        {
            return default;
        }

        BackplaneMetrics.Answered("publish", time.GetElapsedTime(asked));
        return new Published(true, one.Receivers - (hearsItself ? 1 : 0));
    }

    /// <summary>Publishes a message and returns the number of other nodes that got it; null while Redis is unreachable.</summary>
    public async ValueTask<long?> CountOthersAsync(string channel, byte[] message)
    {
        var counted = new TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool hearsItself;
        lock (_gate)
        {
            var lane = LaneOf(channel);
            hearsItself = lane.Channels.Contains(channel);
            var one = lane.Create(channel, message, counted);
            if (lane.CanPublish)
            {
                _ = SendAsync(lane, one);
            }
            else if (OwnerOf(lane).Connection is null || !TryWait(lane, one))
            {
                return null;
            }
        }

        try
        {
            return await counted.Task.WaitAsync(MaxCounting, time) is { } receivers ? receivers - (hearsItself ? 1 : 0) : null;
        }
        catch (TimeoutException)
        {
            // The caller does not wait for answers any more, so a message that still waits is not sent.
            counted.TrySetResult(null);
            return null;
        }
    }

    private void SendWaiting(RedisLane lane)
    {
        if (!lane.CanSendWaiting)
        {
            return;
        }

        foreach (var message in lane.TakeWaiting())
        {
            _waitingBytes -= message.Message.Length;
            if (message.Counted is not { Task.IsCompleted: true })
            {
                events.Sending(message.Channel, message.Message);
                _ = SendAsync(lane, message);
            }
        }
    }

    // The caller gets the answer that the message is accepted, unless it waits for a count.
    private bool TryWait(RedisLane lane, LaneMessage message)
    {
        if (_waitingBytes + message.Message.Length > MaxWaitingBytes)
        {
            return false;
        }

        _waitingBytes += message.Message.Length;
        message.IsPromised = message.Counted is null;
        lane.Add(message);
        return true;
    }

    // False if the message is lost. One that waits is not lost.
    private Task<bool> SendAsync(RedisLane lane, LaneMessage message)
    {
        lane.CountSent();
        return SendCoreAsync(lane, lane.Shard!, lane.Connection!, message);
    }

    private async Task<bool> SendCoreAsync(RedisLane lane, RedisShard shard, RespConnection connection, LaneMessage message)
    {
        var isSent = true;
        RedisRedirection? redirection = null;
        try
        {
            var answer = await connection.AskAsync(PublishCommand, RespConnection.Part(message.Channel), message.Message);
            message.Receivers = answer.Number;
            message.Counted?.TrySetResult(answer.Number);
        }
        catch (RedisException exception)
        {
            redirection = RedisRedirection.Read(exception.Message, shard.Endpoint);
            if (redirection is null)
            {
                RedisLog.Refused(logger, exception.Message);
                isSent = false;
            }
        }
        catch (IOException)
        {
            isSent = false;
        }

        lock (_gate)
        {
            lane.CountAnswered(isUnconfirmed: !isSent && message.IsPromised);
            if (redirection is { } there)
            {
                Return(lane, shard, connection, message, there);
            }

            if (lane.TryFinishCrossing(out var unconfirmed))
            {
                if (unconfirmed > 0)
                {
                    BackplaneMetrics.LeftUnconfirmed(unconfirmed);
                    Log.Unconfirmed(logger, unconfirmed);
                }

                Attach(lane);
            }
        }

        if (!isSent)
        {
            message.Counted?.TrySetResult(null);
        }

        return isSent;
    }

    // A redirected message waits at its place until the lane is attached to the slot's owner.
    private void Return(RedisLane lane, RedisShard shard, RespConnection connection, LaneMessage message, RedisRedirection redirection)
    {
        message.IsPromised = message.Counted is null;
        _waitingBytes += message.Message.Length;
        lane.Return(message);
        if (lane.Connection != connection)
        {
            return;
        }

        if (redirection.Server is null)
        {
            Hold(lane, RefusalHold);
        }
        else
        {
            Detach(lane, MoveHold);
        }

        Follow(lane, shard, redirection);
    }
}
