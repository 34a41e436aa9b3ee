using Serverless.Gateway.Metering;
using Serverless.Gateway.Observability.LiveTracing;

namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>Describes a connection in events of the live trace.</summary>
internal static class ConnectionLiveTrace
{
    /// <summary>Creates the subject that filters compare.</summary>
    public static LiveTraceSubject About(this ClientConnection connection, LiveTraceCategory category, long tracingId = 0, string? group = null) => new(
        category, connection.Hub.Value, connection.Id, connection.UserId, group, tracingId, connection.Kind == ConnectionKind.Diagnostic);

    /// <summary>Creates an event with the connection's columns.</summary>
    public static LiveTraceEvent Event(this ClientConnection connection, in LiveTraceSubject subject, LogLevel level, string name, string message) =>
        new(in subject, level, name, message)
        {
            ConnectionType = "Client",
            Transport = connection.Transport.ToString(),
            Ip = (connection.Ip is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : connection.Ip)?.ToString(),
        };
}
