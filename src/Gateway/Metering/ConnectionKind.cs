namespace Serverless.Gateway.Metering;

/// <summary>The kind that a connection is counted as (docs/contract/limits-and-metering.md#connection-kinds).</summary>
internal enum ConnectionKind
{
    /// <summary>A client.</summary>
    Client,

    /// <summary>A client that is traced in full, and counts as a client too.</summary>
    Diagnostic,

    /// <summary>An app server of the service's default mode, which this gateway does not have.</summary>
    Server,

    /// <summary>A viewer of the live trace: neither client nor server.</summary>
    LiveTrace,
}

/// <summary>Lists the kinds and names them in metrics.</summary>
internal static class ConnectionKinds
{
    /// <summary>Gets every kind.</summary>
    public static IReadOnlyList<ConnectionKind> All { get; } = Enum.GetValues<ConnectionKind>();

    /// <summary>Returns the value of the service's dimension <c>Endpoint</c>.</summary>
    public static string Endpoint(this ConnectionKind kind) => kind switch
    {
        ConnectionKind.Server => "Server",
        ConnectionKind.LiveTrace => "LiveTrace",
        _ => "Client",
    };
}
