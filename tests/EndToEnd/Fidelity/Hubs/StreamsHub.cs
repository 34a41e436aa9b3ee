using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.EndToEnd.Fidelity.Hubs;

/// <summary>Streams to the client, of all kinds and ends.</summary>
public sealed class StreamsHub : Hub
{
    public async IAsyncEnumerable<int> Count(int last)
    {
        for (var i = 1; i <= last; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }

    public ChannelReader<string> Channel(int count) => Write(count, error: null);

    public async Task<ChannelReader<string>> ChannelLater(int count)
    {
        await Task.Yield();
        return Write(count, error: null);
    }

    public async ValueTask<IAsyncEnumerable<int>> CountLater(int last)
    {
        await Task.Yield();
        return Count(last);
    }

    public ChannelReader<string> ChannelThatFails() => Write(2, new HubException("The channel failed."));

    public async IAsyncEnumerable<int> Refuse([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return 1;
        await Task.Yield();
        yield return 2;
        throw new HubException($"Refused half-way: {cancellationToken.CanBeCanceled}");
    }

    public async IAsyncEnumerable<int> Break()
    {
        yield return 1;
        await Task.Yield();
        throw new InvalidOperationException("The password of the stream is 1234.");
    }

    public IAsyncEnumerable<int> RefuseFirst() => throw new HubException("Refused before the first item.");

    public IAsyncEnumerable<int>? Null() => null;

    public async IAsyncEnumerable<Parcel?> Parcels()
    {
        yield return new Parcel("ä", 0.1, long.MaxValue, ["a", ""], new DateTime(2026, 11, 21, 1, 2, 3, DateTimeKind.Utc), Colour.Blue);
        await Task.Yield();
        yield return null;
    }

    public async IAsyncEnumerable<byte[]> Bytes()
    {
        yield return [0, 255];
        await Task.Yield();
        yield return [];
    }

    public async IAsyncEnumerable<string> Texts(string text, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Task.Yield();
            yield return text;
        }
    }

    public async IAsyncEnumerable<int> UntilCancelled(string group, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            for (var i = 1; ; i++)
            {
                yield return i;
                await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
            }
        }
        finally
        {
            await Clients.Group(group).SendAsync("said", $"cancelled: {cancellationToken.IsCancellationRequested}", CancellationToken.None);
        }
    }

    public async IAsyncEnumerable<string> Interleaved()
    {
        yield return "one";
        await Clients.Caller.SendAsync("said", "between");
        yield return "two";
    }

    public int Single() => 1;

    public Task Join(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);

    private static ChannelReader<string> Write(int count, Exception? error)
    {
        var channel = System.Threading.Channels.Channel.CreateUnbounded<string>();
        for (var i = 0; i < count; i++)
        {
            channel.Writer.TryWrite($"item {i}");
        }

        channel.Writer.Complete(error);
        return channel.Reader;
    }
}

/// <summary>Streams from the client.</summary>
public sealed class UploadsHub : Hub
{
    public async Task<int> Sum(IAsyncEnumerable<int> numbers)
    {
        var sum = 0;
        await foreach (var number in numbers)
        {
            sum += number;
        }

        return sum;
    }

    public int Ready() => 1;
}
