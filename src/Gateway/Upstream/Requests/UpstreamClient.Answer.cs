using System.Buffers;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Upstream.Calls;

namespace Serverless.Gateway.Upstream.Requests;

/// <content>Reads the body of an answer.</content>
internal sealed partial class UpstreamClient
{
    private const int LargeBodyBytes = 64 * 1024;
    private const int FirstBodyBytes = 4096;

    private async ValueTask<UpstreamOutcome> HandOverAsync(HttpContent content, IUpstreamBodyReader reader, CancellationTokenSource timer)
    {
        try
        {
            await reader.ReadAsync(new UpstreamBody(await content.ReadAsStreamAsync(reader.Cancelled), timer, _streamIdle));
            return new UpstreamOutcome(UpstreamResult.Answered, 200);
        }
        catch (Exception exception) when (IsNetworkFailure(exception))
        {
            return reader.Cancelled.IsCancellationRequested
                ? new UpstreamOutcome(UpstreamResult.Cancelled, 200)
                : exception is OperationCanceledException ? new UpstreamOutcome(UpstreamResult.BodyTimedOut, 200)
                : new UpstreamOutcome(UpstreamResult.BodyFailed, 200, detail: exception.Message);
        }
    }

    private async ValueTask<UpstreamOutcome> ReadBodyAsync(HttpContent content, CancellationTokenSource timer)
    {
        var declared = content.Headers.ContentLength;
        if (declared > MaxResponseBytes)
        {
            return new UpstreamOutcome(UpstreamResult.TooLarge, 200);
        }

        if (declared == 0)
        {
            return new UpstreamOutcome(UpstreamResult.Answered, 200);
        }

        HeldBytes? held = null;
        if (!TryHold(ref held, (int)(declared ?? FirstBodyBytes)))
        {
            return NoRoom;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(declared is { } known ? (int)known : FirstBodyBytes);
        try
        {
            var stream = await content.ReadAsStreamAsync(timer.Token);
            var length = 0;
            while (declared is null || length < declared)
            {
                if (length == buffer.Length)
                {
                    if (!TryHold(ref held, buffer.Length * 2))
                    {
                        return NoRoom;
                    }

                    buffer = Grow(buffer);
                }

                var read = await stream.ReadAsync(buffer.AsMemory(length), timer.Token);
                if (read == 0)
                {
                    break;
                }

                length += read;
                if (length > MaxResponseBytes)
                {
                    return new UpstreamOutcome(UpstreamResult.TooLarge, 200);
                }
            }

            var outcome = new UpstreamOutcome(UpstreamResult.Answered, 200, buffer, length) { Held = held };
            buffer = null;
            held = null;
            return outcome;
        }
        catch (OperationCanceledException)
        {
            return new UpstreamOutcome(UpstreamResult.BodyTimedOut, 200);
        }
        catch (Exception exception) when (IsNetworkFailure(exception))
        {
            return new UpstreamOutcome(UpstreamResult.BodyFailed, 200, detail: exception.Message);
        }
        finally
        {
            held?.Dispose();
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static UpstreamOutcome NoRoom => new(UpstreamResult.BodyFailed, 200, detail: "the node has no memory left for the answer");

    // Small answers are not counted: the number of calls bounds them.
    private bool TryHold(ref HeldBytes? held, int bytes)
    {
        if (bytes <= LargeBodyBytes)
        {
            return true;
        }

        if (_queued.IsFull)
        {
            return false;
        }

        held ??= _queued.Hold(0);
        held.Change(bytes);
        return true;
    }

    private static byte[] Grow(byte[] buffer)
    {
        var bigger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 2, MaxResponseBytes + 1));
        buffer.CopyTo(bigger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return bigger;
    }
}
