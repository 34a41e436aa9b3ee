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
/// Takes requests of clients that live on another node there, over the backplane: a load balancer need not send a client's requests
/// to the same node.
/// </summary>
internal sealed class ClientRelay(IBackplane backplane, QueuedBytes queued, IOptions<ClientOptions> options, IOptions<BackplaneOptions> nodes)
{
    /// <summary>What nodes hand each other at once of one client's bytes.</summary>
    public const int PieceBytes = 64 * 1024;

    // A body may wait as long as an upstream takes to make room.
    private static readonly TimeSpan SendLimit = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);

    /// <summary>True where every client lives here.</summary>
    public bool IsAlone => backplane.IsAlone;

    /// <summary>Sends a POST's body piece by piece, each when the one before has been taken.</summary>
    /// <returns>The HTTP status; null if the client lives nowhere.</returns>
    public async Task<int?> PostAsync(HubName hub, string connectionId, PipeReader body, CancellationToken aborted)
    {
        while (true)
        {
            var result = await body.ReadAsync(aborted);
            var piece = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, PieceBytes));
            var isLast = result.IsCompleted && piece.Length == result.Buffer.Length;
            var operation = new ClientPostOperation(piece.ToArray());

            // First: where nobody answers, Kestrel has the rest of the body to pass over.
            body.AdvanceTo(piece.End);
            var answer = await AskAsync(hub, connectionId, operation, SendLimit, aborted);
            if (answer is not { Status: StatusCodes.Status200OK } || isLast)
            {
                return answer?.Status;
            }
        }
    }

    /// <summary>Polls where the client lives.</summary>
    /// <returns>The HTTP status and the messages; null if the client lives nowhere.</returns>
    public async Task<RelayAnswer?> PollAsync(HubName hub, string connectionId, CancellationToken aborted)
    {
        var poll = Guid.NewGuid().ToString("N");
        var asked = AskAsync(
            hub, connectionId, new ClientPollOperation(poll), options.Value.PollTimeout + Slack, CancellationToken.None);

        // Not given up here: messages may be on their way already, and must not be lost without a word.
        using (aborted.UnsafeRegister(
            _ => Tell(hub, connectionId, new ClientPollGivenUpOperation(poll)), null))
        {
            return await asked;
        }
    }

    /// <summary>Says that a poll's messages did not reach the client.</summary>
    public void TellLost(HubName hub, string connectionId) => Tell(hub, connectionId, new ClientLostOperation());

    /// <summary>Opens a socket for a stateful connection whose client has come back; the one that it had is cut.</summary>
    /// <returns>What the socket is called there; null if the connection lives nowhere.</returns>
    /// <exception cref="BackplaneUnavailableException">The way is away.</exception>
    public async Task<string?> OpenSocketAsync(HubName hub, string connectionId)
    {
        var socket = Guid.NewGuid().ToString("N");
        var operation = new SocketOpenOperation(socket);
        return await AskAsync(hub, connectionId, operation, Router.AnswerLimit, CancellationToken.None) is null ? null : socket;
    }

    /// <summary>Hands over what a socket's client has sent; ends when it has been taken.</summary>
    /// <returns>False if the socket has ended there.</returns>
    public async Task<bool> SendAsync(HubName hub, string connectionId, string socket, ReadOnlyMemory<byte> bytes, CancellationToken cancelled) =>
        await AskAsync(hub, connectionId, new SocketBytesOperation(socket, bytes), SendLimit, cancelled)
            is { Status: StatusCodes.Status200OK };

    /// <summary>Waits for what is to be written to a socket.</summary>
    /// <returns>200 with the bytes, or with none so far; 204 if the socket has ended in order; null if it is gone.</returns>
    public Task<RelayAnswer?> ReadAsync(HubName hub, string connectionId, string socket, CancellationToken cancelled) => AskAsync(
        hub, connectionId, new SocketReadOperation(socket), nodes.Value.Nodes.Timeout + Slack, cancelled);

    /// <summary>Says that a socket's client sends no more.</summary>
    public void TellLeft(HubName hub, string connectionId, string socket) =>
        Tell(hub, connectionId, new SocketLeftOperation(socket));

    /// <summary>Ends a long-polling client.</summary>
    /// <returns>The HTTP status; null if the client lives nowhere.</returns>
    public async Task<int?> StopAsync(HubName hub, string connectionId, CancellationToken aborted) =>
        (await AskAsync(hub, connectionId, new ClientGoodbyeOperation(), Router.AnswerLimit, aborted))?.Status;

    private async Task<RelayAnswer?> AskAsync(
        HubName hub, string connectionId, ClientOperation operation, TimeSpan limit, CancellationToken cancelled)
    {
        // The piece, and the message that carries it.
        using var held = queued.Hold(2L * operation.Carried.Length);
        return await backplane.AskOneAsync(hub, Target.Connection(connectionId), operation.Encode(), limit, cancelled) is { } answer
            ? RelayAnswer.Decode(answer.Span)
            : null;
    }

    private void Tell(HubName hub, string connectionId, ClientOperation operation) =>
        _ = backplane.TellAsync(hub, Target.Connection(connectionId), operation.Encode()).AsTask();
}
