using Microsoft.AspNetCore.SignalR;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

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

    public bool IsOpen { get; set; } = true;

    /// <summary>Completes when the stream has ended: true when it was cancelled.</summary>
    public TaskCompletionSource<bool> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void LetOne() => _items.Writer.TryWrite(true);

    public Task WaitAsync(CancellationToken cancellationToken) => IsOpen ? Task.CompletedTask : _items.Reader.ReadAsync(cancellationToken).AsTask();
}
