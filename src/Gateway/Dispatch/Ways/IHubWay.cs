using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Ways;

/// <summary>Where one connection's hub messages go: to its upstream, or to the gateway itself. Called by the connection's reader.</summary>
internal interface IHubWay
{
    /// <summary>Acts on one message. Never waits; the message's bytes are the caller's.</summary>
    void Take(HubProtocol protocol, in HubMessage message);

    /// <summary>The connection is here: the first call.</summary>
    /// <param name="after">What must have ended before anyone hears of it; null for nothing.</param>
    void Connected(Task? after);

    /// <summary>The connection is gone: the last call.</summary>
    void Disconnected(string? error);

    /// <summary>The connection is gone, and others have told so: the last call.</summary>
    void GiveUp();

    /// <summary>Whether calls wait behind the one under way.</summary>
    bool HasCallsInLine { get; }

    /// <summary>Null while there is room for more messages; otherwise a task that ends when there is.</summary>
    Task? WaitForRoom();
}
