namespace Serverless.Protocol;

/// <summary>Hub message types (SignalR HubProtocol.md). Unknown numbers are to be ignored by a reader.</summary>
public enum HubMessageType
{
    /// <summary>No or an unknown type.</summary>
    None = 0,

    /// <summary>A call with target and arguments, with an id if the caller wants an answer.</summary>
    Invocation = 1,

    /// <summary>One value of a stream.</summary>
    StreamItem = 2,

    /// <summary>A call's result, error or plain end.</summary>
    Completion = 3,

    /// <summary>A call that is answered with a stream.</summary>
    StreamInvocation = 4,

    /// <summary>The caller no longer wants the stream.</summary>
    CancelInvocation = 5,

    /// <summary>Keep-alive.</summary>
    Ping = 6,

    /// <summary>The end of the connection.</summary>
    Close = 7,

    /// <summary>Stateful reconnect: highest sequence id received.</summary>
    Ack = 8,

    /// <summary>Stateful reconnect: sequence id of the next message.</summary>
    Sequence = 9,
}

/// <summary>What follows from a message's type.</summary>
public static class HubMessageTypes
{
    /// <summary>
    /// Whether each side numbers messages of this type where stateful reconnect is on (docs/contract/hub-protocol.md#stateful-reconnect).
    /// </summary>
    public static bool IsSequenced(this HubMessageType type) => type is >= HubMessageType.Invocation and <= HubMessageType.CancelInvocation;
}
