using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Ways;

/// <summary>Handles one connection's hub messages: sends them upstream, or answers them in the gateway. Called by the connection's reader.</summary>
internal interface IHubWay
{
    /// <summary>Acts on one message. Never waits, and keeps no reference to the message's bytes.</summary>
    void Take(HubProtocol protocol, in HubMessage message);

    /// <summary>The connection has opened: the first call.</summary>
    /// <param name="after">The task that must complete before the upstream learns of the connection; null when there is none.</param>
    void Connected(Task? after);

    /// <summary>The connection has ended: the last call.</summary>
    void Disconnected(string? error);

    /// <summary>The connection has ended, and another node has reported that: the last call.</summary>
    void GiveUp();

    /// <summary>True while calls wait behind the one under way.</summary>
    bool HasCallsInLine { get; }

    /// <summary>Returns null while there is room for more messages; otherwise a task that completes when there is.</summary>
    Task? WaitForRoom();
}
