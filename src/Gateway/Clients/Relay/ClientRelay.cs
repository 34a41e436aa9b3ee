using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Clients.Relay;

/// <summary>
/// Sends a client's requests over the backplane to the node where the client lives, so that a load balancer need not send them to one
/// node.
/// </summary>
internal sealed class ClientRelay(IBackplane backplane, QueuedBytes queued, IOptions<ClientOptions> options, IOptions<BackplaneOptions> nodes)
{
    /// <summary>The maximum number of a client's bytes that one message between nodes carries.</summary>
    public const int PieceBytes = 64 * 1024;

    // A body may wait for as long as an upstream call takes.
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);

    /// <summary>True on a node without a backplane, where every client lives on this node.</summary>
    public bool IsAlone => backplane.IsAlone;

    /// <summary>Sends a POST's body in pieces, each after the other node has taken the piece before it.</summary>
    /// <returns>The HTTP status; null if no node has the client.</returns>
    public async Task<int?> PostAsync(HubName hub, string connectionId, PipeReader body, CancellationToken aborted)
    {
        while (true)
        {
            var result = await body.ReadAsync(aborted);
            var piece = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, PieceBytes));
            var isLast = result.IsCompleted && piece.Length == result.Buffer.Length;
            var operation = new ClientPostOperation(piece.ToArray());

            // Before the question: if no node answers, Kestrel must skip the rest of the body.
            body.AdvanceTo(piece.End);
            var answer = await AskAsync(hub, connectionId, operation, SendTimeout, aborted);
            if (answer is not { Status: StatusCodes.Status200OK } || isLast)
            {
                return answer?.Status;
            }
        }
    }

    /// <summary>Polls the node where the client lives.</summary>
    /// <returns>The HTTP status and the messages; null if no node has the client.</returns>
    public async Task<RelayAnswer?> PollAsync(HubName hub, string connectionId, CancellationToken aborted)
    {
        var poll = Guid.NewGuid().ToString("N");
        var asked = AskAsync(
            hub, connectionId, new ClientPollOperation(poll), options.Value.PollTimeout + Slack, CancellationToken.None);

        // The question itself is not cancelled: an answer with messages may already be on its way and must not be lost without notice.
        using (aborted.UnsafeRegister(
            _ => Tell(hub, connectionId, new ClientPollGivenUpOperation(poll)), null))
        {
            return await asked;
        }
    }

    /// <summary>Reports that a poll's messages did not reach the client.</summary>
    public void TellLost(HubName hub, string connectionId) => Tell(hub, connectionId, new ClientLostOperation());

    /// <summary>Opens a socket for a stateful connection whose client has returned. The connection's previous transport is cut.</summary>
    /// <returns>The socket's name on the other node; null if no node has the connection.</returns>
    /// <exception cref="BackplaneUnavailableException">The other node is unreachable.</exception>
    public async Task<string?> OpenSocketAsync(HubName hub, string connectionId)
    {
        var socket = Guid.NewGuid().ToString("N");
        var operation = new SocketOpenOperation(socket);
        return await AskAsync(hub, connectionId, operation, Router.AnswerTimeout, CancellationToken.None) is null ? null : socket;
    }

    /// <summary>Sends bytes from a socket's client. Completes when the other node has taken them.</summary>
    /// <returns>False if the socket has ended on the other node.</returns>
    public async Task<bool> SendAsync(HubName hub, string connectionId, string socket, ReadOnlyMemory<byte> bytes, CancellationToken cancelled) =>
        await AskAsync(hub, connectionId, new SocketBytesOperation(socket, bytes), SendTimeout, cancelled)
            is { Status: StatusCodes.Status200OK };

    /// <summary>Waits for bytes to write to a socket.</summary>
    /// <returns>200 with bytes, or with an empty body if there are none yet; 204 if the socket has ended in order; null if it is gone.</returns>
    public Task<RelayAnswer?> ReadAsync(HubName hub, string connectionId, string socket, CancellationToken cancelled) => AskAsync(
        hub, connectionId, new SocketReadOperation(socket), nodes.Value.Nodes.Timeout + Slack, cancelled);

    /// <summary>Reports that a socket's client sends no more.</summary>
    public void TellLeft(HubName hub, string connectionId, string socket) =>
        Tell(hub, connectionId, new SocketLeftOperation(socket));

    /// <summary>Ends a long-polling client.</summary>
    /// <returns>The HTTP status; null if no node has the client.</returns>
    public async Task<int?> StopAsync(HubName hub, string connectionId, CancellationToken aborted) =>
        (await AskAsync(hub, connectionId, new ClientGoodbyeOperation(), Router.AnswerTimeout, aborted))?.Status;

    private async Task<RelayAnswer?> AskAsync(
        HubName hub, string connectionId, ClientOperation operation, TimeSpan limit, CancellationToken cancelled)
    {
        // Counts the piece and the message that carries it.
        using var held = queued.Hold(2L * operation.Carried.Length);
        return await backplane.AskOneAsync(hub, Target.Connection(connectionId), operation.Encode(), limit, cancelled) is { } answer
            ? RelayAnswer.Decode(answer.Span)
            : null;
    }

    private void Tell(HubName hub, string connectionId, ClientOperation operation) =>
        _ = backplane.TellAsync(hub, Target.Connection(connectionId), operation.Encode()).AsTask();
}
