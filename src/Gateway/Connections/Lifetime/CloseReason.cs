using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>Why a connection ended. The first reason given counts.</summary>
internal enum CloseReason
{
    /// <summary>Not closed.</summary>
    None,

    /// <summary>The client said it is leaving, or closed its transport in order.</summary>
    ClosedByClient,

    /// <summary>The transport broke.</summary>
    TransportLost,

    /// <summary>No valid handshake came, or not in time.</summary>
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

    /// <summary>The authentication it was made with has expired.</summary>
    AuthenticationExpired,

    /// <summary>The upstream refused the connected event.</summary>
    RefusedByUpstream,

    /// <summary>The connected event failed, and <c>Gateway:Upstream:OnConnectedFailure</c> says that the client is closed.</summary>
    UpstreamFailed,

    /// <summary>This node is stopping.</summary>
    NodeStopping,

    /// <summary>An error of the gateway.</summary>
    InternalError,

    /// <summary>The other nodes have given this one up.</summary>
    NodeGivenUp,

    /// <summary>A quota of connections or messages.</summary>
    QuotaReached,

    /// <summary>The node had no memory for what the client holds.</summary>
    NodeFull,
}

/// <summary>What reasons count as.</summary>
internal static class CloseReasons
{
    /// <summary>The service's category. A client whose transport broke without a word is one that is not heard of any more.</summary>
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
    /// Whether the close message lets the client connect again by itself: always where a new connection may go better. It also does after a
    /// message that was refused, as in ASP.NET Core (<c>HubConnectionHandler.SendCloseAsync</c>).
    /// </summary>
    public static bool AllowsReconnect(this CloseReason reason) =>
        reason is not (CloseReason.None or CloseReason.ClosedByClient or CloseReason.RefusedByUpstream or CloseReason.QuotaReached);

    /// <summary>
    /// How loud the end is said: an error for the gateway's own fault, a warning for what the app or its clients do wrong, and information for
    /// the rest; that clients vanish is what networks do.
    /// </summary>
    public static LogLevel Level(this CloseReason reason) => (reason.Category(), reason.Category().Fault()) switch
    {
        (_, Fault.System) => LogLevel.Error,
        (CloseCategory.PingTimeout, _) or (_, Fault.None) => LogLevel.Information,
        _ => LogLevel.Warning,
    };
}
