namespace Serverless.Hubs;

/// <summary>Specifies why a call to a client returned no result.</summary>
public enum ClientCallFailure
{
    /// <summary>The client's method failed. The exception's message is the client's error text.</summary>
    ClientError,

    /// <summary>The connection does not exist, or it closed before it answered.</summary>
    NoConnection,

    /// <summary>The client is connected and did not answer in time.</summary>
    TimedOut,
}

/// <summary>The exception that is thrown when a call to a client returns no result.</summary>
/// <param name="failure">The reason.</param>
/// <param name="message">The error message.</param>
public sealed class ClientCallException(ClientCallFailure failure, string message) : Exception(message)
{
    /// <summary>Gets the reason why the call returned no result.</summary>
    public ClientCallFailure Failure { get; } = failure;
}
