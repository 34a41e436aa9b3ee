namespace Serverless.Gateway.Metering;

/// <summary>The service's categories of connection ends, without those of its default mode alone.</summary>
internal enum CloseCategory
{
    /// <summary>The connection was closed in order.</summary>
    Normal,

    /// <summary>A quota or the node's memory was used up.</summary>
    Throttled,

    /// <summary>The client sent nothing for too long, or its transport was lost.</summary>
    PingTimeout,

    /// <summary>The upstream refused the client, or failed where that is not tolerated.</summary>
    InvokeUpstreamFailed,

    /// <summary>Too much data waited for a client that did not read.</summary>
    SlowClient,

    /// <summary>The client sent no valid SignalR handshake.</summary>
    HandshakeError,

    /// <summary>The gateway failed.</summary>
    ServiceTransientError,

    /// <summary>The client broke the protocol.</summary>
    BadRequest,

    /// <summary>The REST API closed the connection.</summary>
    ClosedByAppServer,

    /// <summary>The node is stopping.</summary>
    ServiceReload,

    /// <summary>The client's authentication has expired.</summary>
    Unauthorized,
}

/// <summary>The party at fault for a connection's end.</summary>
internal enum Fault
{
    /// <summary>No fault.</summary>
    None,

    /// <summary>A fault of the client, its network or the app.</summary>
    User,

    /// <summary>A fault of the gateway.</summary>
    System,
}

/// <summary>Lists the categories and maps them to faults.</summary>
internal static class CloseCategories
{
    /// <summary>Gets every category.</summary>
    public static IReadOnlyList<CloseCategory> All { get; } = Enum.GetValues<CloseCategory>();

    /// <summary>Returns the party at fault, as in the service's metrics <c>UserErrors</c> and <c>SystemErrors</c>.</summary>
    public static Fault Fault(this CloseCategory category) => category switch
    {
        CloseCategory.Normal or CloseCategory.ClosedByAppServer or CloseCategory.ServiceReload => Metering.Fault.None,
        CloseCategory.ServiceTransientError => Metering.Fault.System,
        _ => Metering.Fault.User,
    };
}
