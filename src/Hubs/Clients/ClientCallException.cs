namespace Serverless.Hubs;

/// <summary>Why a client did not answer a call.</summary>
public enum ClientCallFailure
{
    /// <summary>The client's method failed; the exception's message is what the client said.</summary>
    ClientError,

    /// <summary>There is no such connection, or it went before it answered.</summary>
    NoConnection,

    /// <summary>The client is there and did not answer.</summary>
    TimedOut,
}

/// <summary>A client that was called gave no result.</summary>
/// <remarks>It is no <see cref="HubException"/>: what one client says is not shown to another unless the hub decides so.</remarks>
public sealed class ClientCallException(ClientCallFailure failure, string message) : Exception(message)
{
    /// <summary>What went wrong.</summary>
    public ClientCallFailure Failure { get; } = failure;
}
