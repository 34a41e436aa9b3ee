namespace Serverless.Gateway.Connections;

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

    /// <summary>This node is stopping.</summary>
    NodeStopping,

    /// <summary>An error of the gateway.</summary>
    InternalError,

    /// <summary>The other nodes have given this one up.</summary>
    NodeGivenUp,
}
