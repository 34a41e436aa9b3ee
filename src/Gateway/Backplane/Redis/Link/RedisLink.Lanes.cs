using Serverless.Gateway.Backplane.Redis.Lanes;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Link;

/// <summary>How lanes are served. All that is not async is under the lock.</summary>
internal sealed partial class RedisLink
{
    private const int ChannelsPerCommand = 500;

    // A lane that is sent to and fro asks no faster than this.
    private const int MostSentAway = 2;

    // Redis tells listeners that a slot has moved, and publishers only when they publish: time for the former to be there before the latter.
    private static readonly TimeSpan MoveHold = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RefusalHold = TimeSpan.FromMilliseconds(250);

    private static readonly ReadOnlyMemory<byte> PingCommand = Part("PING");

    private readonly Dictionary<int, RedisLane> _lanes = [];

    // Channels that are being left, and how often: their SUNSUBSCRIBE is on its way.
    private readonly Dictionary<string, int> _leaving = new(StringComparer.Ordinal);

    private ReadOnlyMemory<byte> SubscribeCommand => Part(IsCluster ? "SSUBSCRIBE" : "SUBSCRIBE");

    private ReadOnlyMemory<byte> UnsubscribeCommand => Part(IsCluster ? "SUNSUBSCRIBE" : "UNSUBSCRIBE");

    private ReadOnlyMemory<byte> PublishCommand => Part(IsCluster ? "SPUBLISH" : "PUBLISH");

    /// <summary>Takes what a server sends unasked; called in order for each connection.</summary>
    public void Push(RedisShard shard, RespConnection connection, RespValue push)
    {
        switch (push.Items)
        {
            case [{ Text: "message" or "smessage" }, { } from, { } message]:
                Take?.Invoke(from.Bytes, message.Bytes);
                break;
            case [{ Text: "sunsubscribe" }, { } channel, ..]:
                lock (_gate)
                {
                    SentAway(shard, connection, channel.Text);
                }

                break;
        }
    }

    private static bool CanPublish(RedisLane lane) => lane is { Connection.IsLost: false, Holds: 0, IsCrossing: false, HasWaiting: false };

    private RedisLane LaneOf(string channel)
    {
        var slot = IsCluster ? HashSlot.Of(channel) : 0;
        if (!_lanes.TryGetValue(slot, out var lane))
        {
            lane = _lanes[slot] = new RedisLane(slot);
            Attach(lane);
        }

        return lane;
    }

    /// <summary>Takes a lane to its server if that is there, and sends what waits if nothing is in its way.</summary>
    private void Attach(RedisLane lane)
    {
        if (lane.Connection is null && OwnerOf(lane.Slot)?.Connection is { } connection && (lane.SentAway < MostSentAway || lane.Holds == 0))
        {
            lane.Connection = connection;
            lane.IsCrossing = lane.Unanswered > 0;
            Listen(lane, lane.Channels);
        }

        if (lane is { Connection.IsLost: false, Holds: 0, IsCrossing: false, HasWaiting: true })
        {
            foreach (var message in lane.TakeWaiting())
            {
                _waitingBytes -= message.Message.Length;
                if (message.Counted is not { Task.IsCompleted: true })
                {
                    Renew?.Invoke(message.Channel, message.Message);
                    _ = SendAsync(lane, message);
                }
            }
        }
    }

    private void Listen(RedisLane lane, IEnumerable<string> channels)
    {
        if (lane.Connection is { } connection && OwnerOf(lane.Slot) is { } shard)
        {
            foreach (var some in channels.Chunk(ChannelsPerCommand))
            {
                lane.Listening = shard.Listening = ListenAsync(lane, shard, connection, some);
            }
        }
    }

    private async Task ListenAsync(RedisLane lane, RedisShard shard, RespConnection connection, string[] channels)
    {
        var elsewhere = Task.CompletedTask;
        try
        {
            await connection.SubscribeAsync([SubscribeCommand, .. channels.Select(Part)]);
            lock (_gate)
            {
                Listens(lane, shard, connection);
            }
        }
        catch (RedisException exception) when (RedisRedirection.Read(exception.Message, shard.Endpoint) is { } redirection)
        {
            lock (_gate)
            {
                if (lane.Connection == connection)
                {
                    lane.SentAway++;
                    Detach(lane, RefusalHold);
                    Follow(lane.Slot, shard, redirection);
                    Attach(lane);
                }

                elsewhere = lane.Connection is null ? elsewhere : lane.Listening;
            }
        }
        catch (RedisException exception)
        {
            Log.Refused(_logger, exception.Message);
        }
        catch (IOException)
        {
            // Away: it subscribes anew when it is back.
        }

        await elsewhere;
    }

    private void Listens(RedisLane lane, RedisShard shard, RespConnection connection)
    {
        if (lane.Connection != connection)
        {
            return;
        }

        lane.SentAway = 0;
        if (lane.DeafSince is { } since)
        {
            lane.DeafSince = null;
            Deaf?.Invoke();
            TellOfMove();
            Log.Moved(_logger, lane.Slot, shard.Endpoint.Host, shard.Endpoint.Port, (long)_time.GetElapsedTime(since).TotalMilliseconds);
        }
    }

    private void Leave(RedisLane lane, string channel)
    {
        if (lane.Connection is { } connection && OwnerOf(lane.Slot) is { } shard)
        {
            _leaving[channel] = _leaving.GetValueOrDefault(channel) + 1;
            _ = LeaveAsync(lane, shard, connection, channel);
        }
    }

    private async Task LeaveAsync(RedisLane lane, RedisShard shard, RespConnection connection, string channel)
    {
        RedisRedirection? redirection = null;
        try
        {
            await connection.SubscribeAsync(UnsubscribeCommand, Part(channel));
        }
        catch (RedisException exception)
        {
            redirection = RedisRedirection.Read(exception.Message, shard.Endpoint);
        }
        catch (IOException)
        {
            // Nothing is subscribed any more.
        }

        lock (_gate)
        {
            if (--_leaving[channel] == 0)
            {
                _leaving.Remove(channel);
            }

            if (redirection is { } there && lane.Connection == connection)
            {
                Detach(lane, MoveHold);
                Follow(lane.Slot, shard, there);
                Attach(lane);
            }
        }
    }

    // Redis ends subscriptions of a slot that moves; those that this node ends come here too.
    private void SentAway(RedisShard shard, RespConnection connection, string channel)
    {
        if (_subscribed.ContainsKey(channel) && !_leaving.ContainsKey(channel) && LaneOf(channel) is var lane && lane.Connection == connection)
        {
            // Where to is not said.
            Detach(lane, MoveHold);
            lane.SentAway = MostSentAway;
            AskWhere(shard);
        }
    }

    // The lane belongs to its connection no more; for a while nothing is published.
    private void Detach(RedisLane lane, TimeSpan hold)
    {
        lane.Connection = null;
        if (lane.Channels.Count > 0)
        {
            lane.DeafSince ??= _time.GetTimestamp();
        }

        Hold(lane, hold);
    }

    private void Hold(RedisLane lane, TimeSpan span)
    {
        lane.Holds++;
        _ = EndAsync();

        async Task EndAsync()
        {
            await Task.Delay(span, _time);
            lock (_gate)
            {
                lane.Holds--;
                Attach(lane);
            }
        }
    }

    // Whoever sent it hears that it is taken, unless a count is wanted.
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

    // Begins under the lock. False if it is lost; if it is to wait it is not.
    private Task<bool> SendAsync(RedisLane lane, LaneMessage message)
    {
        lane.Unanswered++;
        return SendCoreAsync(lane, OwnerOf(lane.Slot)!, lane.Connection!, message);
    }

    private async Task<bool> SendCoreAsync(RedisLane lane, RedisShard shard, RespConnection connection, LaneMessage message)
    {
        var isSent = true;
        RedisRedirection? redirection = null;
        try
        {
            var answer = await connection.AskAsync(PublishCommand, Part(message.Channel), message.Message);
            message.Receivers = answer.Number;
            message.Counted?.TrySetResult(answer.Number);
        }
        catch (RedisException exception)
        {
            redirection = RedisRedirection.Read(exception.Message, shard.Endpoint);
            if (redirection is null)
            {
                Log.Refused(_logger, exception.Message);
                isSent = false;
            }
        }
        catch (IOException)
        {
            isSent = false;
        }

        lock (_gate)
        {
            Answered(lane, shard, connection, message, isSent, redirection);
        }

        if (!isSent)
        {
            message.Counted?.TrySetResult(null);
        }

        return isSent;
    }

    private void Answered(
        RedisLane lane, RedisShard shard, RespConnection connection, LaneMessage message, bool isSent, RedisRedirection? redirection)
    {
        lane.Unanswered--;
        lane.Unconfirmed += !isSent && message.IsPromised ? 1 : 0;
        if (redirection is { } there)
        {
            message.IsPromised = message.Counted is null;
            _waitingBytes += message.Message.Length;
            lane.Return(message);
            if (lane.Connection == connection)
            {
                if (there.Server is null)
                {
                    Hold(lane, RefusalHold);
                }
                else
                {
                    Detach(lane, MoveHold);
                }

                Follow(lane.Slot, shard, there);
            }
        }

        if (lane.Unanswered == 0)
        {
            lane.IsCrossing = false;
            if (lane.Unconfirmed > 0)
            {
                BackplaneMetrics.LeftUnconfirmed(lane.Unconfirmed);
                Log.Unconfirmed(_logger, lane.Unconfirmed);
                lane.Unconfirmed = 0;
            }

            Attach(lane);
        }
    }
}
