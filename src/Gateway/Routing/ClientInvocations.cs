using System.Globalization;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Routing;

/// <summary>The result of a call to a client.</summary>
internal enum ClientCallEnd
{
    /// <summary>The client answered.</summary>
    Answered,

    /// <summary>The client does not exist, or its connection ended before it answered.</summary>
    NoConnection,

    /// <summary>The message has no form for the client's protocol.</summary>
    NoForm,

    /// <summary>No answer arrived in time.</summary>
    TimedOut,
}

/// <summary>Calls clients and returns their answers.</summary>
internal sealed class ClientInvocations(ConnectionTable table, Router router, TimeProvider time)
{
    /// <summary>The time that a client may take to answer; the default of the SDKs.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(100);

    private long _last;

    // The node that has the client measures the time; its answer needs a moment too.
    private static readonly TimeSpan TimeoutOfOthers = Timeout + TimeSpan.FromSeconds(2);

    /// <summary>Calls one client, on any node. Cancellation abandons the call.</summary>
    public async ValueTask<(ClientCallEnd End, ClientAnswer? Answer)> InvokeAsync(
        HubName hub, string connectionId, OutboundMessage message, CancellationToken cancelled)
    {
        if (table.FindHub(hub)?.Find(connectionId) is not null)
        {
            using var activity = FanOutSpans.Deliver(hub, Target.Connection(connectionId));
            return await InvokeHereAsync(hub, connectionId, message, cancelled);
        }

        var answers = await router.AskAsync(
            hub,
            Target.Connection(connectionId),
            new InvokeOperation(message, FanOutSpans.ForOthers(isWatched: false)),
            TimeoutOfOthers,
            cancelled);

        // The home node may answer that it does not have the client, while another node returns the client's answer.
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

        // Differs from the client's own ids, which are plain numbers.
        var id = string.Create(CultureInfo.InvariantCulture, $"g{Interlocked.Increment(ref _last)}");
        if (message.CallFor(protocol, id) is not { } frame)
        {
            return (ClientCallEnd.NoForm, null);
        }

        var answer = connection.Calls.Start(id);
        try
        {
            connection.Send(frame);
            FanOutSpans.Delivered(1);
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
