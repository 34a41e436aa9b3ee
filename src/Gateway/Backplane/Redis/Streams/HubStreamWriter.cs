using System.Globalization;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Signing;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>
/// Writes this node's messages for one hub into the hub's stream, numbered and in order. A message whose answer was lost is written again with
/// the same number; readers drop the repeat. Safe for many threads.
/// </summary>
/// <remarks>
/// The queue holds, in this order: messages that Redis took a moment ago and may still lose, messages without an answer, messages that wait.
/// On a new connection all of them are sent again from the front. Redis may refuse one message and take the next (at the edge of its
/// memory): the refused one is written again, and readers wait for it.
/// </remarks>
internal sealed class HubStreamWriter(
    HubName hub,
    NodeId node,
    IStreamRedis redis,
    BackplaneSigner signer,
    UnwrittenBytes waiting,
    StreamOptions options,
    HubListeners listeners,
    TimeProvider time,
    Action<string?> onRefusal)
{
    private const int MaxRewrittenBytes = 4 * 1024 * 1024;

    private static readonly ReadOnlyMemory<byte> AddCommand = Part("XADD");
    private static readonly ReadOnlyMemory<byte> ExpireCommand = Part("PEXPIRE");
    private static readonly ReadOnlyMemory<byte>[] Trim = [Part("MINID"), Part("~")];
    private static readonly ReadOnlyMemory<byte> NewId = Part("*");

    private readonly ReadOnlyMemory<byte> _key = Part(redis.Names.Stream(hub));
    private readonly string _wakeChannel = redis.Names.StreamWake(hub);
    private readonly string _place = redis.Names.Stream(hub);
    private readonly BackplaneMessage _wake = new(BackplaneKind.Wake, node.Value, 0, hub, Target.All(), default);
    private readonly ReadOnlyMemory<byte> _life =
        Part(((long)(options.Time + StreamTiming.Afterlife).TotalMilliseconds).ToString(CultureInfo.InvariantCulture));

    private readonly Lock _gate = new();

    // Under _gate.
    private readonly LinkedList<WrittenEntry> _line = new();
    private LinkedListNode<WrittenEntry>? _next;
    private RespConnection? _connection;
    private long _sequence;
    private StreamId _lastId;
    private int _rewrittenBytes;
    private long _prolongedAt;
    private long _triedAt;
    private int _refused;
    private bool _isRefused;
    private bool _isTryingAgain;
    private bool _wasUsed;
    private Task _waking = Task.CompletedTask;
    private bool _isWaking;
    private bool _wakeAgain;

    /// <summary>Gets the readers that are woken.</summary>
    public HubListeners Listeners => listeners;

    /// <summary>Gets the stream's key.</summary>
    public ReadOnlyMemory<byte> Key => _key;

    /// <summary>Returns true if a message was written since the last call.</summary>
    public bool TakeUsed() => Interlocked.Exchange(ref _wasUsed, false);

    /// <summary>Writes a message. Completes when Redis has it, or when it certainly waits or is dropped.</summary>
    public ValueTask<WriteEnd> WriteAsync(Target target, ReadOnlyMemory<byte> payload)
    {
        WrittenEntry entry;
        lock (_gate)
        {
            if (_isRefused && (_line.Last is { Value.Id: null } || time.GetElapsedTime(_triedAt) < StreamTiming.TryAgain))
            {
                return new(WriteEnd.Refused);
            }

            var message = signer.Sign(new BackplaneMessage(BackplaneKind.Tell, node.Value, _sequence + 1, hub, target, payload), _place);
            if (!waiting.TryAdd(message.Length))
            {
                return new(WriteEnd.TooMuchWaits);
            }

            _wasUsed = true;
            _sequence++;
            _triedAt = time.GetTimestamp();
            entry = new WrittenEntry(message);
            var place = _line.AddLast(entry);
            _next ??= place;
            FlushCore();
        }

        return entry.End.IsCompleted ? new(entry.End.Result) : new(EndAsync(entry));
    }

    /// <summary>Sends the messages that wait, and on a new connection also those that were not answered on the old one.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            FlushCore();
        }
    }

    /// <summary>
    /// Drops messages that need not be written again; not while Redis is unreachable, as their time counts from the loss of the connection.
    /// </summary>
    public void Forget()
    {
        lock (_gate)
        {
            if (redis.ConnectionFor(_key) is { } connection && connection == _connection)
            {
                ForgetCore();
            }
        }
    }

    private async Task<WriteEnd> EndAsync(WrittenEntry entry)
    {
        try
        {
            return await entry.End.WaitAsync(StreamTiming.MaxWrite, time);
        }
        catch (TimeoutException)
        {
            lock (_gate)
            {
                entry.Promise();
            }

            return await entry.End;
        }
    }

    // Under _gate, as every method whose name ends in Core.
    private void FlushCore()
    {
        var connection = redis.ConnectionFor(_key);
        if (connection is not null && connection != _connection)
        {
            _connection = connection;
            _next = _line.First;
            _lastId = StreamId.Zero; // another Redis may have another clock
            _prolongedAt = 0;
        }

        var isWritten = false;
        for (; _next is { } place; _next = place.Next)
        {
            if (connection is null)
            {
                place.Value.Promise();
            }
            else
            {
                WriteCore(connection, place);
                isWritten = true;
            }
        }

        if (isWritten)
        {
            WakeCore();
        }
    }

    private void WriteCore(RespConnection connection, LinkedListNode<WrittenEntry> place)
    {
        // It may have waited for Redis. A message that was sent before was copied into the connection's buffer.
        signer.RenewIfOld(place.Value.Message, _place);
        var fields = StreamEntry.Fields(place.Value.Message, place.Value.Id);
        ReadOnlyMemory<byte>[] trim = _lastId == StreamId.Zero ? [] : [.. Trim, _lastId.Less(options.Time).ToPart()];
        MarkCore(place.Value, isRefused: false);
        _ = FollowAsync(place, connection, redis.AskAsync(connection, _key, [AddCommand, _key, .. trim, NewId, .. fields]));
        if (_prolongedAt == 0 || time.GetElapsedTime(_prolongedAt) > StreamTiming.Prolong)
        {
            _prolongedAt = time.GetTimestamp();
            _ = IgnoreAsync(redis.AskAsync(connection, _key, ExpireCommand, _key, _life));
        }
    }

    private async Task FollowAsync(LinkedListNode<WrittenEntry> place, RespConnection connection, Task<RespValue> answer)
    {
        var asked = time.GetTimestamp();
        try
        {
            var id = StreamId.Read((await answer).Bytes);
            BackplaneMetrics.Answered("append", time.GetElapsedTime(asked));
            lock (_gate)
            {
                WrittenCore(place.Value, id);
            }
        }
        catch (RedisException exception)
        {
            lock (_gate)
            {
                RefusedCore(place.Value, exception.Message);
            }
        }
        catch (IOException)
        {
            // It may or may not be written. It is written again with all unwritten ones, and readers recognize it by its number.
            lock (_gate)
            {
                place.Value.Promise();
                _connection = _connection == connection ? null : _connection;
            }
        }
    }

    private void WrittenCore(WrittenEntry entry, StreamId id)
    {
        SetRefusedCore(null);
        MarkCore(entry, isRefused: false);
        _lastId = _lastId.IsBefore(id) ? id : _lastId;
        if (entry.Id is null)
        {
            // Its first position, by which readers that started later recognize the repeat.
            entry.Id = id;
            entry.WrittenAt = time.GetTimestamp();
            waiting.Remove(entry.Message.Length);
            _rewrittenBytes += entry.Message.Length;
            entry.Complete(WriteEnd.Written);
        }

        SettleCore();
        ForgetCore();
    }

    private void MarkCore(WrittenEntry entry, bool isRefused)
    {
        if (entry.IsRefused != isRefused)
        {
            entry.IsRefused = isRefused;
            _refused += isRefused ? 1 : -1;
        }
    }

    private void ForgetCore()
    {
        while (_line.First is { Value: { Id: not null } first } && !ReferenceEquals(_line.First, _next)
            && (_rewrittenBytes > MaxRewrittenBytes || time.GetElapsedTime(first.WrittenAt) > StreamTiming.Rewritten))
        {
            _rewrittenBytes -= first.Message.Length;
            _line.RemoveFirst();
        }
    }

    private void RefusedCore(WrittenEntry entry, string reason)
    {
        SetRefusedCore(reason);
        if (entry.Id is null)
        {
            // Otherwise it was a repeat, and Redis has it.
            MarkCore(entry, isRefused: true);
            SettleCore();
        }
    }

    private void SettleCore()
    {
        // A refused message at the end of the queue that is not promised is removed, and the next message gets its number.
        while (_line.Last is { Value: { IsRefused: true, IsPromised: false } last })
        {
            MarkCore(last, isRefused: false);
            _line.RemoveLast();
            _sequence--;
            waiting.Remove(last.Message.Length);
            last.Complete(WriteEnd.Refused);
        }

        // A refused message with a written one behind it must be written too, and so must one that is promised.
        var isWrittenBehind = false;
        var isToTryAgain = false;
        for (var place = _line.Last; place is { Value: var entry } && _refused > 0; place = place.Previous)
        {
            isWrittenBehind |= entry.Id is not null;
            if (entry.IsRefused && isWrittenBehind)
            {
                entry.Promise();
            }

            isToTryAgain |= entry is { IsRefused: true, IsPromised: true };
        }

        if (isToTryAgain && !_isTryingAgain)
        {
            _isTryingAgain = true;
            _ = TryAgainAsync();
        }
    }

    private void SetRefusedCore(string? reason)
    {
        if (_isRefused != reason is not null)
        {
            _isRefused = reason is not null;
            onRefusal(reason);
        }
    }

    private async Task TryAgainAsync()
    {
        await Task.Delay(StreamTiming.TryAgain, time);
        lock (_gate)
        {
            _isTryingAgain = false;
            FlushCore();
            for (var place = _line.First; place is not null && _refused > 0 && _connection is not null; place = place.Next)
            {
                if (place.Value.IsRefused)
                {
                    WriteCore(_connection, place);
                }
            }

            WakeCore();
        }
    }

    // Only one wake-up is sent at a time: it is for all messages written before it.
    private void WakeCore()
    {
        if (_isWaking)
        {
            _wakeAgain = true;
            return;
        }

        _isWaking = true;
        _waking = WakeAsync();
    }

    /// <summary>Completes when the readers have been woken for all messages written before the call.</summary>
    public async Task WokenAsync()
    {
        // A wake-up that is under way may be for earlier messages; the next one is for all.
        for (var i = 0; i < 2; i++)
        {
            Task waking;
            lock (_gate)
            {
                waking = _waking;
            }

            await waking;
        }
    }

    private async Task WakeAsync()
    {
        listeners.Note((await redis.PublishAsync(_wakeChannel, signer.Sign(_wake, _wakeChannel))).Others);
        lock (_gate)
        {
            _isWaking = false;
            if (_wakeAgain)
            {
                _wakeAgain = false;
                WakeCore();
            }
        }
    }

    private static async Task IgnoreAsync(Task<RespValue> answer)
    {
        try
        {
            await answer;
        }
        catch (Exception exception) when (exception is RedisException or IOException)
        {
            // The next attempt follows soon.
        }
    }
}
