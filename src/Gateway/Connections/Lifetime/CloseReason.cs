using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>The reason why a connection ended. The first reason given counts.</summary>
internal enum CloseReason
{
    /// <summary>Not closed.</summary>
    None,

    /// <summary>The client sent a close message, or closed its transport in order.</summary>
    ClosedByClient,

    /// <summary>The transport broke.</summary>
    TransportLost,

    /// <summary>No valid handshake arrived in time.</summary>
    HandshakeFailed,

    /// <summary>The client was silent for too long.</summary>
    ClientTimeout,

    /// <summary>The client does not read what is sent to it.</summary>
    SlowClient,

    /// <summary>The client broke the protocol.</summary>
    BadRequest,

    /// <summary>The client sent a message over the size limit.</summary>
    MessageTooLarge,

    /// <summary>The REST API closed it.</summary>
    ClosedByApi,

    /// <summary>The client's authentication has expired.</summary>
    AuthenticationExpired,

    /// <summary>The upstream refused the connected event.</summary>
    RefusedByUpstream,

    /// <summary>The connected event failed, and <c>Gateway:Upstream:OnConnectedFailure</c> is set to close the client.</summary>
    UpstreamFailed,

    /// <summary>This node is stopping.</summary>
    NodeStopping,

    /// <summary>An error of the gateway.</summary>
    InternalError,

    /// <summary>The other nodes have declared this one lost.</summary>
    NodeGivenUp,

    /// <summary>A quota of connections or messages is used up.</summary>
    QuotaReached,

    /// <summary>The node was short of memory, and the client held much of it.</summary>
    NodeFull,
}

/// <summary>Maps close reasons to categories, log levels and reconnect permission.</summary>
internal static class CloseReasons
{
    /// <summary>Returns the service's category. A transport that breaks without a close counts as a ping time-out.</summary>
    public static CloseCategory Category(this CloseReason reason) => reason switch
    {
        CloseReason.HandshakeFailed => CloseCategory.HandshakeError,
        CloseReason.TransportLost or CloseReason.ClientTimeout => CloseCategory.PingTimeout,
        CloseReason.SlowClient => CloseCategory.SlowClient,
        CloseReason.BadRequest or CloseReason.MessageTooLarge => CloseCategory.BadRequest,
        CloseReason.ClosedByApi => CloseCategory.ClosedByAppServer,
        CloseReason.AuthenticationExpired => CloseCategory.Unauthorized,
        CloseReason.RefusedByUpstream or CloseReason.UpstreamFailed => CloseCategory.InvokeUpstreamFailed,
        CloseReason.NodeStopping => CloseCategory.ServiceReload,
        CloseReason.InternalError or CloseReason.NodeGivenUp => CloseCategory.ServiceTransientError,
        CloseReason.QuotaReached or CloseReason.NodeFull => CloseCategory.Throttled,
        _ => CloseCategory.Normal,
    };

    /// <summary>
    /// Returns true when the close message allows the client to reconnect by itself: whenever a new connection may succeed. That includes
    /// a refused message, as in ASP.NET Core (<c>HubConnectionHandler.SendCloseAsync</c>).
    /// </summary>
    public static bool AllowsReconnect(this CloseReason reason) =>
        reason is not (CloseReason.None or CloseReason.ClosedByClient or CloseReason.RefusedByUpstream or CloseReason.QuotaReached);

    /// <summary>
    /// Returns the level at which the end is logged: Error for a fault of the gateway, Warning for a fault of the app or its clients, and
    /// Information for the rest. Clients that vanish are normal in a network.
    /// </summary>
    public static LogLevel Level(this CloseReason reason) => (reason.Category(), reason.Category().Fault()) switch
    {
        (_, Fault.System) => LogLevel.Error,
        (CloseCategory.PingTimeout, _) or (_, Fault.None) => LogLevel.Information,
        _ => LogLevel.Warning,
    };
}
