namespace Serverless.Protocol;

/// <summary>Specifies the type of a hub message (SignalR HubProtocol.md). A reader ignores unknown types.</summary>
public enum HubMessageType
{
    /// <summary>An absent or unknown type.</summary>
    None = 0,

    /// <summary>A call with target and arguments, and with an id if the caller expects a completion.</summary>
    Invocation = 1,

    /// <summary>One value of a stream.</summary>
    StreamItem = 2,

    /// <summary>The end of a call, with a result, an error or neither.</summary>
    Completion = 3,

    /// <summary>A call whose result is a stream.</summary>
    StreamInvocation = 4,

    /// <summary>The cancellation of a stream by the caller.</summary>
    CancelInvocation = 5,

    /// <summary>Keep-alive.</summary>
    Ping = 6,

    /// <summary>The end of the connection.</summary>
    Close = 7,

    /// <summary>Stateful reconnect: the highest sequence id received.</summary>
    Ack = 8,

    /// <summary>Stateful reconnect: the sequence id of the next message.</summary>
    Sequence = 9,
}

/// <summary>Provides extension methods for <see cref="HubMessageType"/>.</summary>
public static class HubMessageTypes
{
    /// <summary>
    /// Determines whether messages of this type have sequence ids in stateful reconnect (docs/contract/hub-protocol.md#stateful-reconnect).
    /// </summary>
    /// <param name="type">The type.</param>
    /// <returns>True when each side counts messages of this type.</returns>
    public static bool IsSequenced(this HubMessageType type) => type is >= HubMessageType.Invocation and <= HubMessageType.CancelInvocation;
}
