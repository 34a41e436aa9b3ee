using Serverless.Gateway.Observability.Tracing;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>Describes a connection in events of the live trace.</summary>
internal static class ConnectionTrace
{
    /// <summary>Creates the subject that filters compare.</summary>
    public static TraceSubject About(this ClientConnection connection, TraceCategory category, long tracingId = 0, string? group = null) => new(
        category, connection.Hub.Value, connection.Id, connection.UserId, group, tracingId, connection.Kind == ConnectionKind.Diagnostic);

    /// <summary>Creates an event with the connection's columns.</summary>
    public static TraceEvent Event(this ClientConnection connection, in TraceSubject subject, LogLevel level, string name, string message) =>
        new(in subject, level, name, message)
        {
            ConnectionType = "Client",
            Transport = connection.Transport.ToString(),
            Ip = (connection.Ip is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : connection.Ip)?.ToString(),
        };
}
