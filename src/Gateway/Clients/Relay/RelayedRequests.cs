using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Clients.Transports.LongPolling;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Clients.Relay;

/// <summary>Serves requests that a client of this node sent to another node, which has authenticated the client.</summary>
internal sealed class RelayedRequests(ConnectionTable table, HttpSessions sessions, PollingClients polling, RelayedSockets sockets) : IClientRequests
{
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _polls = new(StringComparer.Ordinal);

    public async Task<byte[]> AnswerAsync(BackplaneMessage request, ClientOperation operation)
    {
        // The request may take long, and messages for other clients must not wait for it.
        await Task.Yield();
        var id = request.Target.Name;
        RelayAnswer? answer = operation switch
        {
            ClientPostOperation post => await PostAsync(request.Hub, id, post.Bytes),
            ClientPollOperation poll => await PollAsync(request.Hub, id, poll.Poll),
            ClientPollGivenUpOperation poll => GiveUp(poll.Poll),
            ClientLostOperation => Lost(id),
            ClientGoodbyeOperation => Stop(request.Hub, id),
            SocketOpenOperation open => sockets.Open(request.Hub, id, open.Socket),
            SocketBytesOperation sent => await sockets.TakeAsync(sent.Socket, sent.Bytes),
            SocketReadOperation read => await sockets.GiveAsync(read.Socket),
            SocketLeftOperation left => sockets.Left(left.Socket),
            _ => null,
        };
        return answer?.Encode() ?? [];
    }

    private async Task<RelayAnswer?> PostAsync(HubName hub, string id, ReadOnlyMemory<byte> body)
    {
        if (Find(hub, id) is not { } session)
        {
            return IsOnWebSocket(hub, id) ? new RelayAnswer(StatusCodes.Status405MethodNotAllowed) : null;
        }

        if (session.Connection.IsClosing)
        {
            return new RelayAnswer(StatusCodes.Status404NotFound);
        }

        await session.ReceiveAsync(PipeReader.Create(new ReadOnlySequence<byte>(body)), CancellationToken.None);
        return new RelayAnswer(StatusCodes.Status200OK);
    }

    private async Task<RelayAnswer?> PollAsync(HubName hub, string id, string poll)
    {
        if (Find(hub, id) is not { } session)
        {
            return IsOnWebSocket(hub, id) ? new RelayAnswer(StatusCodes.Status400BadRequest) : null;
        }

        if (session.Connection.Transport != ClientTransports.LongPolling)
        {
            return new RelayAnswer(StatusCodes.Status400BadRequest);
        }

        if (polling.Find(id) is not { } client)
        {
            return null;
        }

        using var givenUp = new CancellationTokenSource();
        _polls[poll] = givenUp;
        try
        {
            var result = await polling.PollAsync(client, givenUp.Token);
            return result.End switch
            {
                PollEnd.Data => new RelayAnswer(StatusCodes.Status200OK, result.Messages),
                PollEnd.TimedOut => new RelayAnswer(StatusCodes.Status200OK),
                _ => new RelayAnswer(StatusCodes.Status204NoContent),
            };
        }
        finally
        {
            _polls.TryRemove(poll, out _);
        }
    }

    private RelayAnswer? GiveUp(string poll)
    {
        if (_polls.TryRemove(poll, out var givenUp))
        {
            try
            {
                givenUp.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The poll has just ended.
            }
        }

        return null;
    }

    private RelayAnswer? Lost(string id)
    {
        sessions.Find(id)?.Hub.Lost();
        return null;
    }

    private RelayAnswer? Stop(HubName hub, string id)
    {
        if (Find(hub, id) is null)
        {
            return IsOnWebSocket(hub, id) ? new RelayAnswer(StatusCodes.Status400BadRequest) : null;
        }

        if (polling.Find(id) is not { } client)
        {
            return new RelayAnswer(StatusCodes.Status400BadRequest);
        }

        polling.Stop(client);
        return new RelayAnswer(StatusCodes.Status202Accepted);
    }

    private HttpSession? Find(HubName hub, string id) => sessions.Find(id) is { } session && session.Connection.Hub == hub ? session : null;

    private bool IsOnWebSocket(HubName hub, string id) => table.FindHub(hub)?.Find(id) is { Transport: ClientTransports.WebSockets };
}
