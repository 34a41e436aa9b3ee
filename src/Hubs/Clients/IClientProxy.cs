namespace Serverless.Hubs;

/// <summary>Some clients of a hub, to which messages can be sent.</summary>
public interface IClientProxy
{
    /// <summary>
    /// Sends a message. When the task completes the gateway has taken it, and messages that are awaited one after the other
    /// arrive in that order.
    /// </summary>
    /// <param name="method">The name of the client's method.</param>
    /// <param name="arguments">Values, or <see cref="ClientArgument"/>s where the type to write is not the value's own.</param>
    /// <param name="cancellationToken">Gives up waiting; the message may have been sent.</param>
    /// <exception cref="Azure.RequestFailedException">The gateway did not take it.</exception>
    Task SendCoreAsync(string method, object?[] arguments, CancellationToken cancellationToken = default);
}
