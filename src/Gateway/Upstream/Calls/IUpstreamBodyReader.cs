namespace Serverless.Gateway.Upstream.Calls;

/// <summary>Takes the body of an answer as it comes, in place of waiting for its end.</summary>
internal interface IUpstreamBodyReader
{
    /// <summary>Ends the call, whatever it is at: nobody wants the answer any more.</summary>
    CancellationToken Cancelled { get; }

    /// <summary>The answer's head is here, with any status.</summary>
    void OnHead();

    /// <summary>Reads the body of a 200.</summary>
    /// <exception cref="IOException">The body broke off.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or nothing came for too long.</exception>
    ValueTask ReadAsync(UpstreamBody body);
}
