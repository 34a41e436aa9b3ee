namespace Serverless.Gateway.Dispatch.InProcess;

/// <summary>
/// One method of the gateway's own hub, which viewers call over the hub protocol. A service that is registered with this type can be called.
/// One object serves concurrent calls.
/// </summary>
internal interface IGatewayMethod
{
    /// <summary>Gets the name that viewers call; compared without case.</summary>
    string Name { get; }

    /// <summary>
    /// Answers one call: sends items until it returns, which completes the call. Where the viewer asked for one result and no stream,
    /// the first item is the result, and ends the call.
    /// </summary>
    /// <param name="call">The call: its arguments, and where its items go.</param>
    /// <param name="cancelled">Cancelled when the viewer has cancelled the call, or has gone.</param>
    /// <exception cref="GatewayCallException">The viewer gets its message as the call's error.</exception>
    ValueTask RunAsync(GatewayCall call, CancellationToken cancelled);
}

/// <summary>The exception that is thrown when a viewer's call cannot be answered; the viewer gets its message.</summary>
internal sealed class GatewayCallException(string message) : Exception(message);
