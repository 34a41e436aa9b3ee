namespace Serverless.Gateway.Upstream.Calls;

/// <summary>Reads the body of an answer as it arrives, instead of waiting for its end.</summary>
internal interface IUpstreamBodyReader
{
    /// <summary>Gets a token that ends the call at any stage, because the caller no longer needs the answer.</summary>
    CancellationToken Cancelled { get; }

    /// <summary>Called when the answer's head has arrived, with any status.</summary>
    void OnHead();

    /// <summary>Reads the body of an answer with status 200.</summary>
    /// <exception cref="IOException">The body broke off.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled, or no byte arrived for too long.</exception>
    ValueTask ReadAsync(UpstreamBody body);
}
