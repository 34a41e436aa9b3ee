using Microsoft.Extensions.Logging;
using Serverless.Protocol;

namespace Serverless.Hubs.Dispatch;

/// <summary>Verifies the signatures of upstream requests. The time that it takes does not depend on how much of a signature is right.</summary>
internal sealed class RequestVerifier(string accessKey, ServerlessHubsOptions options, TimeProvider time, ILogger logger)
{
    private readonly string[] _accessKeys = [accessKey];
    private readonly RequestSigner _signer = new([accessKey]);
    private readonly RefusalLog _refusals = new(time, logger);

    /// <summary>Verifies the signature of the connection id; returns the response to a request that is refused.</summary>
    public UpstreamResponse? VerifyHeaders(Func<string, string?> header)
    {
        var connectionId = header(UpstreamHeaders.ConnectionId);
        if (string.IsNullOrEmpty(connectionId) || !UpstreamSignature.Verify(header(UpstreamHeaders.Signature), connectionId, _accessKeys))
        {
            _refusals.Add(UpstreamHeaders.Signature);
            return UpstreamResponse.Error(
                401, $"{UpstreamHeaders.Signature} does not match {UpstreamHeaders.ConnectionId} and the access key in this app's connection string.");
        }

        if (options.RequireRequestSignature && string.IsNullOrEmpty(header(GatewayHeaders.Signature)))
        {
            _refusals.Add(GatewayHeaders.Signature);
            return UpstreamResponse.Error(401, $"The header {GatewayHeaders.Signature} is required.");
        }

        return null;
    }

    /// <summary>Verifies the signature of the whole request, if it has one; returns the response to a request that is refused.</summary>
    public UpstreamResponse? VerifyRequest(UpstreamRequest request, HubProtocol protocol)
    {
        if (request.Header(GatewayHeaders.Signature) is not { Length: > 0 } signature)
        {
            return null;
        }

        var signed = new SignedRequest
        {
            Sender = RequestSigner.DigestSender(
                request.Header(UpstreamHeaders.ConnectionId),
                request.Header(UpstreamHeaders.Hub),
                request.Header(UpstreamHeaders.UserId),
                request.Header(UpstreamHeaders.UserClaims),
                request.Header(UpstreamHeaders.ClientQuery)),
            Category = request.Header(UpstreamHeaders.Category),
            Event = request.Header(UpstreamHeaders.Event),
            MediaType = protocol.ContentType,
            EncodedHeaders = request.Header(GatewayHeaders.EncodedHeaders),
            EventId = request.Header(EventHeaders.Id),
            EventSequence = request.Header(EventHeaders.Sequence),
            EventAttempt = request.Header(EventHeaders.Attempt),
            EventTime = request.Header(EventHeaders.Time),
            Body = request.Body.Span,
        };
        var result = _signer.Verify(signature, in signed, time.GetUtcNow(), options.RequestSignatureTolerance);
        if (result == RequestSignatureResult.Right)
        {
            return null;
        }

        _refusals.Add(GatewayHeaders.Signature);
        return UpstreamResponse.Error(401, result == RequestSignatureResult.Stale
            ? $"{GatewayHeaders.Signature} is too old, or the clocks of gateway and app differ by more than {options.RequestSignatureTolerance}."
            : $"{GatewayHeaders.Signature} does not match the request.");
    }
}
