namespace Serverless.Gateway.Metering;

/// <summary>Why connections end, in the service's categories; those that only its default mode has are left out.</summary>
internal enum CloseCategory
{
    /// <summary>In order.</summary>
    Normal,

    /// <summary>A quota.</summary>
    Throttled,

    /// <summary>The client was not heard of any more.</summary>
    PingTimeout,

    /// <summary>The upstream refused the client, or failed where that is not tolerated.</summary>
    InvokeUpstreamFailed,

    /// <summary>Too much waited for a client that did not read.</summary>
    SlowClient,

    /// <summary>No valid SignalR handshake.</summary>
    HandshakeError,

    /// <summary>An error of the gateway.</summary>
    ServiceTransientError,

    /// <summary>The client sent what it must not.</summary>
    BadRequest,

    /// <summary>The REST API.</summary>
    ClosedByAppServer,

    /// <summary>The node is stopping.</summary>
    ServiceReload,

    /// <summary>Its authentication has ended.</summary>
    Unauthorized,
}

/// <summary>Whose fault an end was.</summary>
internal enum Fault
{
    /// <summary>Nobody's.</summary>
    None,

    /// <summary>The client's, its network's or the app's.</summary>
    User,

    /// <summary>The gateway's.</summary>
    System,
}

/// <summary>What follows from a category.</summary>
internal static class CloseCategories
{
    /// <summary>Every category.</summary>
    public static IReadOnlyList<CloseCategory> All { get; } = Enum.GetValues<CloseCategory>();

    /// <summary>Whose fault it is, as the service's metrics <c>UserErrors</c> and <c>SystemErrors</c> have it.</summary>
    public static Fault Fault(this CloseCategory category) => category switch
    {
        CloseCategory.Normal or CloseCategory.ClosedByAppServer or CloseCategory.ServiceReload => Metering.Fault.None,
        CloseCategory.ServiceTransientError => Metering.Fault.System,
        _ => Metering.Fault.User,
    };
}
