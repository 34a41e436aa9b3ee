using Microsoft.AspNetCore.Connections;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Management;

/// <summary>
/// The entry of the REST API: finds the operation, checks token, version and names, runs the operation and writes the answer. The layers below
/// see no part of HTTP except the request's body.
/// </summary>
internal sealed partial class ManagementEndpoint(
    IReadOnlyList<Route> routes, Operations operations, RestAccess access, QueuedBytes queued, LiveTrace trace, TimeProvider time, ILogger<ManagementEndpoint> logger)
{
    private const int MaxHeaderBytes = 16 * 1024;

    // The first version with all operations of the gateway; errors name it where an older form lacks an operation.
    private const string CompleteVersion = "2024-12-01";

    // SDKs send one version for all operations, possibly the last one. Its new operations are not implemented yet
    // (docs/contract/authentication-refresh.md#rest-operations).
    private static readonly string[] Versions = ["2022-06-01", "2022-11-01", "2023-07-01", CompleteVersion, "2026-07-01"];

    public async Task HandleAsync(HttpContext context)
    {
        var request = RestRequest.From(RequestTarget.Of(context));
        using var telemetry = RestTelemetry.Received(trace, time, context, request);
        using var memory = new RestMemory(queued, time);
        RestResult result;
        try
        {
            result = await RunAsync(context, request, memory, telemetry);
        }
        catch (Exception exception) when (exception is ConnectionResetException
            || (exception is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested))
        {
            // The caller has disconnected, and Kestrel may not know it yet: it would try to read the rest of the body.
            telemetry.Cancelled();
            context.Abort();
            return;
        }
        catch (BadHttpRequestException exception)
        {
            result = new RestError(exception.StatusCode, ErrorCodes.Invalid, exception.Message, "body");
        }
        catch (BackplaneUnavailableException exception)
        {
            context.Response.Headers.RetryAfter = "1";
            result = new RestError(
                StatusCodes.Status503ServiceUnavailable, ErrorCodes.Unavailable, $"{exception.Message}.");
        }
        catch (StoreUnavailableException exception)
        {
            context.Response.Headers.RetryAfter = "1";
            result = new RestError(
                StatusCodes.Status503ServiceUnavailable,
                ErrorCodes.Unavailable,
                $"The durable store is not available: {exception.Message}. The change may not be stored; call again.");
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.Failed(logger, exception);
            result = new RestError(
                StatusCodes.Status500InternalServerError, ErrorCodes.Internal, "The gateway failed. Its log has the cause.");
        }

        telemetry.Answered(context, result);
        if (result.Error is { } error)
        {
            await ErrorResponses.WriteAsync(context, error, request.IsVersion1);
        }
        else
        {
            await WriteAsync(context, request, result);
        }
    }

    private static async ValueTask WriteAsync(HttpContext context, RestRequest request, RestResult result)
    {
        var response = context.Response;
        response.StatusCode = result.Status;
        if (result.Code is { } code)
        {
            response.Headers["x-ms-error-code"] = code;
        }

        // The status alone answers checks by GET and HEAD.
        var isBare = result.IsBare || request.IsVersion1 || HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        var body = result.ContentType is null && !isBare ? ServiceResponse.For(result.Status) : result.Body;
        if (!body.IsEmpty)
        {
            response.ContentType = result.ContentType ?? "application/json; charset=utf-8";
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body);
        }
    }

    private async ValueTask<RestResult> RunAsync(HttpContext context, RestRequest request, RestMemory memory, RestTelemetry telemetry)
    {
        if (HeadersOf(context.Request) > MaxHeaderBytes)
        {
            return new RestError(
                StatusCodes.Status413PayloadTooLarge,
                ErrorCodes.TooLarge,
                $"The request's headers are over {MaxHeaderBytes} bytes. Make the access token smaller: it needs no user claims.",
                "headers");
        }

        // :: Step 1: find the operation
        var (route, pathError) = Find(context, request);
        if (route is null)
        {
            return pathError!;
        }

        telemetry.Found(route);

        // :: Step 2: check the caller's access
        var allowed = await access.CheckAsync(context);
        if (!allowed.IsAllowed)
        {
            return RestError.Refused(allowed);
        }

        // :: Step 3: read the names and the version
        var call = new RestCall(context, request.IsVersion1, memory);
        route.Fill(call, request);
        if (CheckNames(call) is { } nameError)
        {
            return nameError;
        }

        // :: Step 4: run the operation
        return await route.Run(operations, call);
    }

    private static int HeadersOf(HttpRequest request)
    {
        var length = 0;
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values)
            {
                length += name.Length + (value?.Length ?? 0);
            }
        }

        return length;
    }

    private (Route? Route, RestError? Error) Find(HttpContext context, in RestRequest request)
    {
        List<string>? allowed = null;
        foreach (var route in routes)
        {
            if (!route.Matches(request))
            {
                continue;
            }

            if (HttpMethods.Equals(route.Method, context.Request.Method))
            {
                return (route, null);
            }

            (allowed ??= []).Add(route.Method);
        }

        if (allowed is not null)
        {
            context.Response.Headers.Allow = string.Join(", ", allowed.Distinct());
            return (null, new RestError(
                StatusCodes.Status405MethodNotAllowed,
                ErrorCodes.MethodNotAllowed,
                $"This path does not accept {context.Request.Method}; see the Allow header."));
        }

        var dated = request.In(VersionSet.Dated);
        if (request.IsVersion1 && routes.Any(route => route.Matches(dated)))
        {
            return (null, RestError.NotFound(
                ErrorCodes.UnknownPath,
                $"This form of the API lacks this operation; later versions have it. Call /api/hubs/… with ?api-version={CompleteVersion}."));
        }

        return (null, RestError.NotFound(
            ErrorCodes.UnknownPath, "The REST API does not have this path. Paths begin with /api/hubs/{hub} or /api/v1/hubs/{hub}."));
    }

    private static RestError? CheckNames(RestCall call)
    {
        var query = call.Context.Request.Query;
        if (!call.IsVersion1 && query["api-version"] is [{ } version, ..] && !Versions.Contains(version))
        {
            return RestError.BadRequest(
                $"The api-version '{version}' is unknown. Use one of {string.Join(", ", Versions)}.", "api-version");
        }

        var application = query["application"] is [{ Length: > 0 } name, ..] ? name : null;
        if (!HubName.TryParse(call.HubText, application, out var hub))
        {
            return RestError.BadRequest($"The hub's or application's name is invalid: {HubName.Rule}", "hub");
        }

        call.Hub = hub;
        if (call.Group is not null && !ResourceName.IsValid(call.Group))
        {
            return RestError.BadRequest($"The group's name is invalid: {ResourceName.Rule}", "group");
        }

        return call.User is not null && !ResourceName.IsValid(call.User)
            ? RestError.BadRequest($"The user's name is invalid: {ResourceName.Rule}", "user")
            : null;
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Management + 1, LogLevel.Error, "A REST call failed in the gateway itself.", EventName = "RestFailed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
