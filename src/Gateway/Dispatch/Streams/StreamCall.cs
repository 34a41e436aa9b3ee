using System.Diagnostics.CodeAnalysis;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Dispatch.Answers;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Streams;

/// <summary>
/// One stream that a client has asked for: passes the upstream's items on as they arrive, no faster than the client takes them, until
/// the end, an error, or the client's cancellation.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing that must be disposed of, and a late cancel may still come.")]
internal sealed class StreamCall(ClientConnection connection, ConnectionStreams streams, HubProtocol protocol, string invocationId, QueuedBytes queued)
    : IUpstreamBodyReader
{
    private readonly CancellationTokenSource _cancelled = new();
    private readonly TaskCompletionSource _head = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StreamItems _items = new(protocol, invocationId, queued);
    private string? _error;

    public string InvocationId { get; } = invocationId;

    public CancellationToken Cancelled => _cancelled.Token;

    /// <summary>Gets a task that completes when the upstream has answered, or will not: the connection's next call may be sent.</summary>
    public Task Head => _head.Task;

    public void OnHead() => _head.TrySetResult();

    /// <summary>Ends the upstream's request, on another thread: the client has cancelled the stream, or has gone.</summary>
    public void Cancel() => _ = _cancelled.CancelAsync();

    /// <summary>Leaves the connection's open streams. Does nothing the second time.</summary>
    public void Leave() => streams.Remove(this);

    public async ValueTask ReadAsync(UpstreamBody body)
    {
        try
        {
            var count = 1;
            while (count > 0 && !_items.IsCompleted && !connection.IsClosing)
            {
                count = await body.ReadAsync(_items.GetRoom());
                _items.Add(count);
                while (_items.Next(isEnd: count == 0) is { } frame)
                {
                    await streams.SendAsync(frame, Cancelled);
                }
            }
        }
        catch (StreamFormatException exception)
        {
            _error = exception.Message;
        }
        finally
        {
            _items.Dispose();
        }
    }

    /// <summary>Sends the client the end of its stream, unless the stream stays open for the REST API.</summary>
    /// <param name="outcome">The outcome of the call.</param>
    /// <param name="about">See <see cref="CompletionFrames.From"/>.</param>
    public void End(in UpstreamOutcome outcome, string? about = null)
    {
        if (_items.IsCompleted)
        {
            return;
        }

        if (outcome.Result == UpstreamResult.Cancelled)
        {
            connection.Send(Frames.Completion(protocol, InvocationId));
        }
        else if (outcome.Result != UpstreamResult.Answered || outcome.Status is not (200 or 204))
        {
            connection.Send(CompletionFrames.From(protocol, InvocationId, in outcome, about));
        }
        else if (_error is not null)
        {
            connection.Send(Frames.Error(protocol, InvocationId, _error));
        }
        else if (!_items.IsEmpty)
        {
            connection.Send(Frames.Completion(protocol, InvocationId));
        }
    }
}
