using System.Diagnostics.CodeAnalysis;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Streams;

/// <summary>The streams that one connection has open, by invocation id. They take turns to send. Safe for concurrent use.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing that must be disposed of.")]
internal sealed class ConnectionStreams(ClientConnection connection, StreamLimits limits)
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _gate = new();

    // Under _gate.
    private readonly Dictionary<string, StreamCall> _open = [];

    /// <summary>Opens a stream; null when it is refused.</summary>
    /// <param name="protocol">The client's protocol.</param>
    /// <param name="invocationId">The stream's id.</param>
    /// <param name="error">The reason of the refusal, for the client.</param>
    public StreamCall? TryOpen(HubProtocol protocol, string invocationId, out string? error)
    {
        lock (_gate)
        {
            error = Refusal(invocationId);
            if (error is not null)
            {
                return null;
            }

            var stream = new StreamCall(connection, this, protocol, invocationId, limits.Queued);
            _open.Add(invocationId, stream);
            return stream;
        }
    }

    /// <summary>Cancels a stream that the client no longer wants; an unknown id is ignored.</summary>
    public void Cancel(string? invocationId)
    {
        StreamCall? stream = null;
        lock (_gate)
        {
            if (invocationId is not null)
            {
                _open.TryGetValue(invocationId, out stream);
            }
        }

        stream?.Cancel();
    }

    /// <summary>Cancels all streams.</summary>
    public void CancelAll()
    {
        StreamCall[] open;
        lock (_gate)
        {
            open = [.. _open.Values];
        }

        foreach (var stream in open)
        {
            stream.Cancel();
        }
    }

    /// <summary>Removes a stream that has ended. Does nothing the second time.</summary>
    public void Remove(StreamCall stream)
    {
        lock (_gate)
        {
            // The client may have opened another stream with this id since.
            if (_open.TryGetValue(stream.InvocationId, out var open) && open == stream)
            {
                _open.Remove(stream.InvocationId);
                limits.Users.Close(connection);
            }
        }
    }

    /// <summary>
    /// Sends an item when the connection has room for it. The streams take turns, so that none keeps the others from a slow client, and a
    /// large item gets an empty outbox.
    /// </summary>
    public async ValueTask SendAsync(Frame frame, CancellationToken cancelled)
    {
        await _turn.WaitAsync(cancelled);
        try
        {
            while (!connection.TrySend(frame, out var room))
            {
                await room.WaitAsync(cancelled);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    // Under _gate. Null when the stream may open; it then counts for the user.
    private string? Refusal(string invocationId)
    {
        if (_open.Count >= limits.PerConnection)
        {
            return $"Invocation failed, the connection has {_open.Count} open streams already. The limit is set by Gateway:Upstream:MaxStreams.";
        }

        if (_open.ContainsKey(invocationId))
        {
            return $"Invocation ID '{invocationId}' is already in use.";
        }

        return limits.Users.TryOpen(connection)
            ? null
            : $"Invocation failed, the user has {limits.Users.MaxStreams} open streams on this node already. "
                + "The limit is set by Gateway:Upstream:MaxStreamsPerUser.";
    }
}
