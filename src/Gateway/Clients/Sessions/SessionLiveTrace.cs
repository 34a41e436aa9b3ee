using System.Globalization;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Protocol;

namespace Serverless.Gateway.Clients.Sessions;

/// <summary>Reports the start and the end of connections to the live trace. Connections of viewers are not reported.</summary>
internal static class SessionLiveTrace
{
    public static void Started(LiveTrace trace, ClientConnection connection)
    {
        if (IsTraced(trace, connection) && connection.About(LiveTraceCategory.Connectivity) is var about && trace.Wants(in about))
        {
            trace.Emit(in about, connection.Event(in about, LogLevel.Information, "ConnectionStarted", $"A client opened a transport: {connection.Transport}."));
        }
    }

    public static void Connected(LiveTrace trace, ClientConnection connection, HubProtocol protocol)
    {
        if (IsTraced(trace, connection) && connection.About(LiveTraceCategory.Connectivity) is var about && trace.Wants(in about))
        {
            trace.Emit(in about, connection.Event(in about, LogLevel.Information, "ConnectionConnected", $"The handshake is done; the protocol is {protocol.Name}."));
        }
    }

    public static void Ended(LiveTrace trace, ClientConnection connection)
    {
        if (!IsTraced(trace, connection))
        {
            return;
        }

        var about = connection.About(LiveTraceCategory.Connectivity);
        if (!trace.Wants(in about))
        {
            return;
        }

        var reason = connection.CloseReason;
        var isExpected = reason.Category().Fault() == Fault.None;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"Ended after {connection.Age.TotalSeconds:0.0} s: {reason}. {connection.MessagesSent} messages were sent to it, {connection.MessagesReceived} received.");
        trace.Emit(in about, connection.Event(
            in about, isExpected ? LogLevel.Information : LogLevel.Warning, isExpected ? "ConnectionEnded" : "ConnectionAborted", text) with
        {
            Reason = reason.Category().ToString(),
            Exception = connection.Error,
        });
    }

    private static bool IsTraced(LiveTrace trace, ClientConnection connection) => trace.IsOn && connection.Kind != ConnectionKind.LiveTrace;
}
