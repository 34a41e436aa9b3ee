using System.Globalization;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Signing;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>
/// Reads a hub's stream while this node has connections of the hub: from its end at the first connection, and after a lost connection to Redis
/// from the last position. It reads when it is woken, up to the end, and no faster than the inbox has room.
/// </summary>
internal sealed class HubStreamReader(
    HubName hub,
    NodeId node,
    IStreamRedis redis,
    BackplaneSigner signer,
    BackplaneInbox inbox,
    StreamOptions options,
    TimeProvider time,
    Action<long> onLoss,
    Action<SignatureCheck> onRefusal)
{
    // Redis ends a connection that subscribes when more than 32 MiB of answers wait for it, by its own default; the bound may be lower.
    private const int MaxBytesPerRead = 1024 * 1024;
    private const int FirstEntriesPerRead = 16;
    private const int MaxEntriesPerRead = 512;
    private const int MaxPublishers = 1000;

    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(10);
    private static readonly ReadOnlyMemory<byte> LastCommand = Part("XREVRANGE");
    private static readonly ReadOnlyMemory<byte>[] LastOne = [Part("+"), Part("-"), Part("COUNT"), Part("1")];

    private readonly ReadOnlyMemory<byte> _key = Part(redis.Names.Stream(hub));
    private readonly TimeSpan _longest = options.Time + StreamTiming.Afterlife + signer.MaxAge;
    private readonly Lock _gate = new();

    // Under _gate.
    private readonly Queue<Action> _behind = new();
    private bool _isActive;
    private bool _isReading;
    private bool _again;
    private TaskCompletionSource _started = NewStart();

    // Used only by the loop that reads; only one runs at a time.
    private readonly Dictionary<string, SeenPublisher> _publishers = new(StringComparer.Ordinal);
    private StreamId? _position;
    private StreamId _start;
    private bool _isStartByClock;
    private bool _isNewStart;
    private RespConnection? _connection;
    private int _bytesPerRead = MaxBytesPerRead;
    private int _entriesPerRead = FirstEntriesPerRead;
    private bool _wasUsed;

    /// <summary>Gets a task that completes when all entries written from now on will be read.</summary>
    public Task Started
    {
        get
        {
            lock (_gate)
            {
                return _started.Task;
            }
        }
    }

    /// <summary>Gets a value that indicates whether a node writes to the stream, as far as is known here.</summary>
    public bool IsUsed => Volatile.Read(ref _wasUsed);

    /// <summary>Starts reading, for the first connection of the hub.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            _isActive = true;
            _isNewStart = true;
            _started = NewStart();
        }

        Wake();
    }

    /// <summary>Stops reading, after the last connection of the hub.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isActive = false;
            _started.TrySetResult();
        }

        Wake();
    }

    /// <summary>Reads, because there may be new entries or a new connection.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _again = true;
            if (_isReading)
            {
                return;
            }

            _isReading = true;
        }

        _ = ReadAsync();
    }

    /// <summary>Runs an action behind all entries that the stream has now.</summary>
    /// <returns>False if the stream is not read; the action is not run then.</returns>
    public bool TryDoBehind(Action action)
    {
        lock (_gate)
        {
            if (!_isActive)
            {
                return false;
            }

            _behind.Enqueue(action);
        }

        Wake();
        return true;
    }

    private static TaskCompletionSource NewStart() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Does not throw.
    private async Task ReadAsync()
    {
        // Runs on another thread than the one that brings the wake-ups.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            Action[] behind;
            bool isNew;
            lock (_gate)
            {
                if (!_isActive || !_again)
                {
                    _isReading = false;
                    DoCore(_isActive ? 0 : _behind.Count);
                    return;
                }

                (_again, isNew, _isNewStart) = (false, _isNewStart, false);
                behind = [.. _behind];
            }

            var isAtEnd = false;
            if (await TryFindPlaceAsync(isNew))
            {
                while (!isAtEnd && await TryReadSomeAsync() is { } count)
                {
                    isAtEnd = count == 0;
                    await inbox.RoomAsync();
                }
            }

            lock (_gate)
            {
                if (isAtEnd)
                {
                    DoCore(behind.Length);
                }
            }
        }
    }

    // Under _gate.
    private void DoCore(int actions)
    {
        while (actions-- > 0)
        {
            _behind.Dequeue()();
        }
    }

    // Returns false while Redis is unreachable.
    private async ValueTask<bool> TryFindPlaceAsync(bool isNew)
    {
        if (isNew)
        {
            _position = null;
            _isStartByClock = false;
            foreach (var publisher in _publishers.Values)
            {
                publisher.BeginAnew();
            }
        }

        var connection = redis.ConnectionFor(_key);
        if (connection is not null && connection == _connection && _position is not null)
        {
            return true;
        }

        if (await TryAskAsync(connection, [LastCommand, _key, .. LastOne]) is not { } last)
        {
            if (_position is null)
            {
                // Clients that connect while Redis is unreachable get the messages sent meanwhile, as far as the clocks agree.
                _position = _start = new StreamId(time.GetUtcNow().ToUnixTimeMilliseconds(), 0);
                _isStartByClock = true;
            }

            lock (_gate)
            {
                _started.TrySetResult();
            }

            return false;
        }

        _connection = connection;
        var end = last.Items is [var item] ? StreamEntry.Read(item).Id : StreamId.Zero;
        Volatile.Write(ref _wasUsed, _wasUsed || end != StreamId.Zero);
        if (_position is not { } position)
        {
            _position = _start = end;
        }
        else if (end.IsBefore(position))
        {
            // Redis has lost the stream or its end, or the clocks do not agree, or no node has written for a while.
            _position = end.IsBefore(_start) && !_isStartByClock ? StreamId.Zero : _start;
            AllowJumps();
        }
        else
        {
            if (end.Less(options.Time) is var oldest && position.IsBefore(oldest))
            {
                AllowJumps();
            }

            var again = position.Less(StreamTiming.ReadAgain);
            _position = again.IsBefore(_start) ? _start : again;
        }

        lock (_gate)
        {
            _started.TrySetResult();
        }

        return true;
    }

    private void AllowJumps()
    {
        foreach (var publisher in _publishers.Values)
        {
            publisher.AllowJump();
        }
    }

    // Returns the number of entries; null while Redis is unreachable.
    private async ValueTask<int?> TryReadSomeAsync()
    {
        GiveUpGaps();
        var count = Part(_entriesPerRead.ToString(CultureInfo.InvariantCulture));
        if (await TryAskAsync(_connection, Part("XREAD"), Part("COUNT"), count, Part("STREAMS"), _key, _position!.Value.ToPart()) is not { } answer)
        {
            // The answer may have exceeded the bound that Redis has for this connection.
            _bytesPerRead = Math.Max(1, _bytesPerRead / 4);
            _entriesPerRead = Math.Max(1, _entriesPerRead / 4);
            return null;
        }

        // {key: [entry, …]}, or null
        if (answer.Items is not [_, { Items: { Count: > 0 } entries }])
        {
            _bytesPerRead = Math.Min(_bytesPerRead * 2, MaxBytesPerRead);
            return 0;
        }

        Volatile.Write(ref _wasUsed, true);
        var bytes = 0L;
        var lost = 0L;
        StreamId? back = null;
        foreach (var item in entries)
        {
            var entry = StreamEntry.Read(item);
            bytes += entry.Length;
            Take(entry, ref back, ref lost);
            _position = entry.Id;
        }

        if (back is { } from && from.IsBefore(_position.Value))
        {
            _position = from;
        }

        if (lost > 0)
        {
            onLoss(lost);
        }

        _entriesPerRead = (int)Math.Clamp(_bytesPerRead / Math.Max(1, bytes / entries.Count), 1, MaxEntriesPerRead);
        return entries.Count;
    }

    private void Take(StreamEntry entry, ref StreamId? back, ref long lost)
    {
        if (entry.Message?.Sender == node.Value)
        {
            return;
        }

        var check = entry.Message is null ? SignatureCheck.Forged : signer.Check(entry.Bytes, entry.ContentLength, _key.Span, _longest);
        if (check != SignatureCheck.Good)
        {
            onRefusal(check);
            return;
        }

        var message = entry.Message!;

        var now = time.GetTimestamp();
        if (!_publishers.TryGetValue(message.Sender, out var publisher))
        {
            Forget();
            _publishers[message.Sender] = publisher = new SeenPublisher();
        }

        var reading = publisher.Take(message.Request, _position!.Value, now, out var missing);
        if (reading == Reading.GapOpens)
        {
            _ = WakeLaterAsync();
        }

        if (reading != Reading.Next)
        {
            return;
        }

        lost += missing;
        if (publisher.Filled() is { } from && (back is not { } other || from.IsBefore(other)))
        {
            back = from;
        }

        // Drops a repeat of an entry from before the first connection here.
        if (entry.Original == StreamId.Zero || _start.IsBefore(entry.Original))
        {
            inbox.Add(message, entry.Length);
        }
    }

    private async Task WakeLaterAsync()
    {
        await Task.Delay(StreamTiming.MaxGap, time);
        Wake();
    }

    private void GiveUpGaps()
    {
        foreach (var publisher in _publishers.Values)
        {
            if (publisher.GiveUp(StreamTiming.MaxGap, time) is { } from && from.IsBefore(_position!.Value))
            {
                _position = from;
            }
        }
    }

    // A node has a new id after each start.
    private void Forget()
    {
        if (_publishers.Count >= MaxPublishers)
        {
            foreach (var (sender, publisher) in _publishers)
            {
                if (time.GetElapsedTime(publisher.HeardAt) > Forgotten)
                {
                    _publishers.Remove(sender);
                }
            }
        }
    }

    private async ValueTask<RespValue?> TryAskAsync(RespConnection? connection, params ReadOnlyMemory<byte>[] command)
    {
        try
        {
            return connection is null ? null : await redis.AskAsync(connection, _key, command);
        }
        catch (Exception exception) when (exception is RedisException or IOException)
        {
            // The writer handles a refusal; the reader treats it like a lost connection, and tries again.
            return null;
        }
    }
}
