namespace Serverless.Gateway.Upstream.Calls;

/// <summary>The body of an answer that is read as it comes; the upstream may be silent for so long and no longer.</summary>
/// <param name="body">The body.</param>
/// <param name="timer">Ends a read; cancelled too when nobody wants the answer any more.</param>
/// <param name="idle">How long a read may take.</param>
internal readonly struct UpstreamBody(Stream body, CancellationTokenSource timer, TimeSpan idle)
{
    /// <summary>Reads what is there next; 0 at the end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        // The time that the reader itself takes, waiting for its client, is not the upstream's.
        timer.CancelAfter(idle);
        var count = await body.ReadAsync(buffer, timer.Token);
        timer.CancelAfter(Timeout.InfiniteTimeSpan);
        return count;
    }
}
