using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.Hubs.Tests.Hubs;

/// <summary>A hub with one streaming method of each shape.</summary>
internal sealed class StreamHub(Gates gates) : Hub
{
    public async IAsyncEnumerable<int> Count(int to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            for (var i = 0; i < to; i++)
            {
                await gates.WaitAsync(cancellationToken);
                yield return i;
            }
        }
        finally
        {
            gates.Ended.TrySetResult(cancellationToken.IsCancellationRequested);
        }
    }

    public async Task<ChannelReader<string>> Words()
    {
        var words = Channel.CreateUnbounded<string>();
        await words.Writer.WriteAsync("a");
        await words.Writer.WriteAsync("b");
        words.Writer.Complete();
        return words.Reader;
    }

    public async IAsyncEnumerable<string> Endless([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            gates.CountOne();
            yield return new string('x', 1024);
        }
    }

    public async IAsyncEnumerable<byte[]> Fail()
    {
        yield return [1];
        await Task.Yield();
        throw new HubException("No more.");
    }
}

/// <summary>Releases the items of a stream: all at once, or one by one when <see cref="IsOpen"/> is false.</summary>
internal sealed class Gates
{
    private readonly Channel<bool> _items = Channel.CreateUnbounded<bool>();

    private int _produced;

    /// <summary>The number of items of the endless stream.</summary>
    public int Produced => Volatile.Read(ref _produced);

    public bool IsOpen { get; set; } = true;

    /// <summary>Completes when the stream has ended: true when it was cancelled.</summary>
    public TaskCompletionSource<bool> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void CountOne() => Interlocked.Increment(ref _produced);

    public void LetOne() => _items.Writer.TryWrite(true);

    public Task WaitAsync(CancellationToken cancellationToken) => IsOpen ? Task.CompletedTask : _items.Reader.ReadAsync(cancellationToken).AsTask();
}
