using Serverless.Gateway.Access;
using Serverless.Gateway.Management;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Admin;

/// <summary>
/// Admits requests with a token for the requested address, as the REST API does, and answers errors in the shape of the REST API's errors.
/// </summary>
internal sealed partial class AdminGate(RestAccess access, ILogger<AdminGate> logger)
{
    /// <summary>Wraps an operation, which answers the request or returns the error to answer with.</summary>
    public RequestDelegate Guard(Func<HttpContext, ValueTask<RestError?>> operation) => async context =>
    {
        // Admin requests are not urgent, and the current thread may be one that polls sockets.
        await Task.Yield();
        context.Response.Headers.CacheControl = "no-store";
        if (await RunAsync(context, operation) is { } error)
        {
            await ErrorResponses.WriteAsync(context, error, isVersion1: false);
        }
    };

    private async ValueTask<RestError?> RunAsync(HttpContext context, Func<HttpContext, ValueTask<RestError?>> operation)
    {
        var allowed = await access.CheckAsync(context);
        if (!allowed.IsAllowed)
        {
            return RestError.Refused(allowed);
        }

        try
        {
            return await operation(context);
        }
        catch (StoreUnavailableException exception)
        {
            context.Response.Headers.RetryAfter = "1";
            return new RestError(
                StatusCodes.Status503ServiceUnavailable, ErrorCodes.Unavailable, $"The durable store is not available: {exception.Message}. Call again.");
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or OperationCanceledException or IOException))
        {
            Log.Failed(logger, exception);
            return new RestError(StatusCodes.Status500InternalServerError, ErrorCodes.Internal, "The gateway failed. Its log has the cause.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Observability.EventIds.Admin + 1, LogLevel.Error, "An admin call failed in the gateway itself.", EventName = "AdminFailed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
