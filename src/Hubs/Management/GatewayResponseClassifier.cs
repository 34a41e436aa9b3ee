using System.Net;
using System.Net.Sockets;
using Azure;
using Azure.Core;

namespace Serverless.Hubs.Management;

/// <summary>Decides which failed requests are retried. The SDK leaves this to its options; here only safe retries are made.</summary>
internal sealed class GatewayResponseClassifier : ResponseClassifier
{
    /// <summary>For idempotent requests.</summary>
    public static readonly GatewayResponseClassifier Idempotent = new(Repeat.Freely);

    /// <summary>For messages: retried only when the gateway answered that it did not accept the message, or was never reached.</summary>
    public static readonly GatewayResponseClassifier Message = new(Repeat.IfNotTaken);

    /// <summary>For requests whose failure is the result, and for calls that a client may have run.</summary>
    public static readonly GatewayResponseClassifier NeverRetry = new(Repeat.Never);

    private readonly Repeat _repeat;

    private GatewayResponseClassifier(Repeat repeat) => _repeat = repeat;

    private enum Repeat
    {
        Never,
        IfNotTaken,
        Freely,
    }

    public override bool IsRetriableResponse(HttpMessage message) => _repeat switch
    {
        Repeat.Freely => message.Response.Status is 408 or 429 or >= 500,
        Repeat.IfNotTaken => message.Response.Status == (int)HttpStatusCode.TooManyRequests,
        _ => false,
    };

    public override bool IsRetriableException(Exception exception) => _repeat switch
    {
        Repeat.Freely => base.IsRetriableException(exception),
        Repeat.IfNotTaken => NeverConnected(exception),
        _ => false,
    };

    public override bool IsRetriable(HttpMessage message, Exception exception) => _repeat switch
    {
        Repeat.Freely => base.IsRetriable(message, exception),
        _ => IsRetriableException(exception),
    };

    public override bool IsErrorResponse(HttpMessage message) => message.Response.Status >= 400;

    private static bool NeverConnected(Exception exception) =>
        exception is RequestFailedException { Status: 0 }
        && (exception.InnerException is HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError,
        }
        || exception.InnerException?.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused });
}
