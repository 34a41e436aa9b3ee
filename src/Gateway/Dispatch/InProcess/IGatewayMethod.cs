namespace Serverless.Gateway.Dispatch.InProcess;

/// <summary>
/// One method of the gateway's own hub, which viewers call over the hub protocol. Registered as a service of this type, it can be called.
/// One object serves all calls at once.
/// </summary>
internal interface IGatewayMethod
{
    /// <summary>What the viewer calls; compared without case.</summary>
    string Name { get; }

    /// <summary>
    /// Answers one call: sends items until it returns, which completes the call. Where the viewer asked for one result and no stream,
    /// the first item is the result, and ends the call.
    /// </summary>
    /// <param name="call">The call: its arguments, and where its items go.</param>
    /// <param name="cancelled">The viewer wants no more of it, or is gone.</param>
    /// <exception cref="GatewayCallException">The viewer is told its message as the call's error.</exception>
    ValueTask RunAsync(GatewayCall call, CancellationToken cancelled);
}

/// <summary>A viewer's call cannot be answered; the message is for the viewer.</summary>
internal sealed class GatewayCallException(string message) : Exception(message);
