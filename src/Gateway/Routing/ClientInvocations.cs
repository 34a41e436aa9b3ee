using System.Globalization;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Routing;

/// <summary>How a call to a client ended.</summary>
internal enum ClientCallEnd
{
    /// <summary>The client answered.</summary>
    Answered,

    /// <summary>There is no such client, or it went before it answered.</summary>
    NoConnection,

    /// <summary>The message has no form for the client's protocol.</summary>
    NoForm,

    /// <summary>No answer came in time.</summary>
    TimedOut,
}

/// <summary>Calls a client and brings back what its handler returns.</summary>
internal sealed class ClientInvocations(ConnectionTable table, Router router, TimeProvider time)
{
    /// <summary>How long a client may take; the SDKs' own default.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(100);

    private long _last;

    // The node that has the client counts the time; its answer needs a moment too.
    private static readonly TimeSpan TimeoutOfOthers = Timeout + TimeSpan.FromSeconds(2);

    /// <summary>Calls one client, on whatever node it is. Cancelling forgets the call.</summary>
    public async ValueTask<(ClientCallEnd End, ClientAnswer? Answer)> InvokeAsync(
        HubName hub, string connectionId, OutboundMessage message, CancellationToken cancelled)
    {
        if (table.FindHub(hub)?.Find(connectionId) is not null)
        {
            using var activity = FanOutTrace.Deliver(hub, Target.Connection(connectionId));
            return await InvokeHereAsync(hub, connectionId, message, cancelled);
        }

        var answers = await router.AskAsync(
            hub,
            Target.Connection(connectionId),
            new InvokeOperation(message, FanOutTrace.ForOthers(isWatched: false)),
            TimeoutOfOthers,
            cancelled);

        // The home node may say that it has no such client while the one that has it says what it answered.
        var ends = answers.Select(RemoteAnswer.Call).ToList();
        return ends.Find(answer => answer.End != ClientCallEnd.NoConnection) is { Answer: not null } answered
            ? answered
            : (ends.Select(answer => answer.End).DefaultIfEmpty(ClientCallEnd.NoConnection).Max(), null);
    }

    /// <summary>Calls a client of this node.</summary>
    public async ValueTask<(ClientCallEnd End, ClientAnswer? Answer)> InvokeHereAsync(
        HubName hub, string connectionId, OutboundMessage message, CancellationToken cancelled)
    {
        if (table.FindHub(hub)?.Find(connectionId) is not { IsClosing: false, Protocol: { } protocol } connection)
        {
            return (ClientCallEnd.NoConnection, null);
        }

        // Apart from the client's own ids, which are plain numbers.
        var id = string.Create(CultureInfo.InvariantCulture, $"g{Interlocked.Increment(ref _last)}");
        if (message.CallFor(protocol, id) is not { } frame)
        {
            return (ClientCallEnd.NoForm, null);
        }

        var answer = connection.Calls.Start(id);
        try
        {
            connection.Send(frame);
            FanOutTrace.Delivered(1);
            return await answer.WaitAsync(Timeout, time, cancelled) is { } answered
                ? (ClientCallEnd.Answered, answered)
                : (ClientCallEnd.NoConnection, null);
        }
        catch (TimeoutException)
        {
            return (ClientCallEnd.TimedOut, null);
        }
        finally
        {
            connection.Calls.Forget(id);
        }
    }
}
