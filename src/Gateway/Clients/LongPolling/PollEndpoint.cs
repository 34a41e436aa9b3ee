using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Serverless.Gateway.Access;
using Serverless.Gateway.Connections;

namespace Serverless.Gateway.Clients.LongPolling;

/// <summary>
/// <c>GET /client/?hub=…&amp;id=…</c> without an upgrade: the first begins the connection and is answered at once, each later one waits
/// for messages (hub-protocol.md §6).
/// </summary>
internal sealed class PollEndpoint(
    ClientAdmission admission, PollingClients clients, IOptions<ClientOptions> options, TimeProvider time)
{
    private const string Epoch = "Thu, 01 Jan 1970 00:00:00 GMT";

    public async Task HandleAsync(HttpContext context, ClientQuery query, Admission admitted)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-cache, no-store";
        headers.Pragma = "no-cache";
        headers[HeaderNames.Expires] = Epoch;
        var found = admission.FindSession(admitted, query.ConnectionToken!);
        if (found is { Session: null or { Transport: not ClientTransports.LongPolling } })
        {
            await ClientResponses.RefuseAsync(context, ClientAdmission.OtherTransport);
        }
        else if (found is { ConnectionId: { } id } && clients.Find(id) is { } client)
        {
            await PollAsync(context, client);
        }
        else
        {
            var (newId, refusal) = await admission.TryTakeConnectionIdAsync(admitted, query.ConnectionToken);
            if (newId is null)
            {
                await ClientResponses.RefuseAsync(context, refusal);
                return;
            }

            clients.Start(newId, admitted, query.ForUpstream);
            context.Response.ContentType = "application/octet-stream";
            context.Response.ContentLength = 0;
        }
    }

    private async Task PollAsync(HttpContext context, PollingClient client)
    {
        client.PollStarted();
        try
        {
            var poll = client.Output.PollAsync();
            var result = poll.IsCompleted ? await poll : await WaitAsync(context, client.Output, poll);
            await AnswerAsync(context, client, result);
        }
        finally
        {
            client.PollEnded();
        }
    }

    private async Task<PollResult> WaitAsync(HttpContext context, PollOutput output, Task<PollResult> poll)
    {
        using var timeout = new CancellationTokenSource(options.Value.PollTimeout, time);
        using (timeout.Token.UnsafeRegister(_ => output.EndPoll(poll, PollEnd.TimedOut), null))
        using (context.RequestAborted.UnsafeRegister(_ => output.EndPoll(poll, PollEnd.Aborted), null))
        {
            return await poll;
        }
    }

    private static async Task AnswerAsync(HttpContext context, PollingClient client, PollResult result)
    {
        var response = context.Response;
        switch (result.End)
        {
            case PollEnd.Data:
                response.ContentType = "application/octet-stream";
                response.ContentLength = result.Messages.Length;
                try
                {
                    await response.Body.WriteAsync(result.Messages, context.RequestAborted);
                    await response.CompleteAsync();
                }
                catch (Exception exception) when (exception is IOException or OperationCanceledException)
                {
                    // Whether these messages have arrived, nobody knows: better a client that reconnects than one with a gap.
                    client.Session.Hub.Lost();
                }

                break;
            case PollEnd.TimedOut:
                response.ContentType = "text/plain";
                response.ContentLength = 0;
                break;
            case PollEnd.Superseded:
            case PollEnd.Ended:
                response.StatusCode = StatusCodes.Status204NoContent;
                break;
            default:
                break;
        }
    }
}
