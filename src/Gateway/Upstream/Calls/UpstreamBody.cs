namespace Serverless.Gateway.Upstream.Calls;

/// <summary>Represents the body of an answer that is read as it arrives. The time for which the upstream may be silent is limited.</summary>
/// <param name="body">The body.</param>
/// <param name="timer">Ends a read; also cancelled when the caller no longer needs the answer.</param>
/// <param name="idle">The time that a read may take.</param>
internal readonly struct UpstreamBody(Stream body, CancellationTokenSource timer, TimeSpan idle)
{
    /// <summary>Reads the next bytes that are available and returns their number; 0 at the end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        // The limit does not include the time that the reader itself waits for its client.
        timer.CancelAfter(idle);
        var count = await body.ReadAsync(buffer, timer.Token);
        timer.CancelAfter(Timeout.InfiniteTimeSpan);
        return count;
    }
}
