namespace Serverless.Hubs;

/// <summary>Represents a proxy that invokes methods on one or more clients of a hub.</summary>
public interface IClientProxy
{
    /// <summary>Invokes a method on the clients. Does not wait for a response from them.</summary>
    /// <param name="method">The name of the method to invoke.</param>
    /// <param name="arguments">The arguments: values, or <see cref="ClientArgument"/>s where the type to write is not the value's own.</param>
    /// <param name="cancellationToken">Cancels the wait; the message may have been sent.</param>
    /// <returns>
    /// A task that completes when the gateway has accepted the message. Messages that are awaited one after the other arrive in that order.
    /// </returns>
    /// <exception cref="Azure.RequestFailedException">The gateway did not accept the message.</exception>
    Task SendCoreAsync(string method, object?[] arguments, CancellationToken cancellationToken = default);
}
