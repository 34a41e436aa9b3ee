using System.Text.Json;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Processes;
using Serverless.FunctionsHost.Triggers;

namespace Serverless.FunctionsHost.Requests;

/// <summary>Answers the requests to a host, by its functions or itself.</summary>
/// <param name="runtime">Runs the functions.</param>
/// <param name="keys">The app's keys.</param>
/// <param name="throttle">Limits concurrent requests.</param>
/// <param name="triggers">Runs functions that have another trigger.</param>
/// <param name="log">Receives the errors of functions.</param>
/// <param name="maxBodyBytes">The largest body of a request to a function.</param>
/// <param name="whenReady">Waits until functions can run, and returns their routes; null if they cannot.</param>
internal sealed class RequestPipeline(
    IAppRuntime runtime,
    FunctionKeys keys,
    RequestThrottle throttle,
    FunctionTriggers triggers,
    HostLog log,
    long maxBodyBytes,
    Func<CancellationToken, Task<FunctionRoutes?>> whenReady)
{
    private static readonly PathString Admin = "/admin";
    private static readonly PathString AdminFunctions = "/admin/functions";
    private static readonly PathString Extensions = "/runtime";

    public async Task RunAsync(HttpContext context)
    {
        try
        {
            await DispatchAsync(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone.
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            Fail(context, e.StatusCode);
        }
        catch (Exception e)
        {
            log.Write(LogLevel.Error, nameof(FunctionsHostApp), $"{context.Request.Method} {context.Request.Path}: {e.Message} {e.InnerException?.Message}");
            if (context.Response.HasStarted)
            {
                context.Abort();
            }
            else
            {
                Fail(context, StatusCodes.Status500InternalServerError);
            }
        }
    }

    private async Task DispatchAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (await whenReady(context.RequestAborted) is not { } routes)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync("Function host is not running.");
        }
        else if (path.StartsWithSegments(Admin))
        {
            context.Response.StatusCode = keys.AllowAdmin(context.Request) ? await AdministerAsync(context) : StatusCodes.Status401Unauthorized;
        }
        else if (path.StartsWithSegments(Extensions))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else if (await routes.MatchAsync(context) is { } match)
        {
            await RunFunctionAsync(context, match);
        }
        else if (path == "/")
        {
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync($"<!doctype html><title>{FunctionsHostApp.HomePage}</title>");
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }

    private async Task RunFunctionAsync(HttpContext context, FunctionMatch match)
    {
        if (context.Request.ContentLength > maxBodyBytes)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }

        if (!await throttle.TryEnterAsync(context.RequestAborted))
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            return;
        }

        try
        {
            if (keys.Allow(context.Request, match.Function))
            {
                await runtime.AnswerAsync(context, match);
            }
            else
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            }
        }
        finally
        {
            throttle.Leave();
        }
    }

    // POST /admin/functions/{name} {"input": "…"} runs a function by hand, without waiting for its end. Returns the status.
    private async Task<int> AdministerAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || !context.Request.Path.StartsWithSegments(AdminFunctions, out var name))
        {
            return StatusCodes.Status404NotFound;
        }

        var function = runtime.Functions.FirstOrDefault(
            function => string.Equals(function.Name, name.Value?.Trim('/'), StringComparison.OrdinalIgnoreCase));
        if (function is null)
        {
            return StatusCodes.Status404NotFound;
        }

        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, JsonFile.Options, context.RequestAborted);
            return body.RootElement.ValueKind == JsonValueKind.Object && triggers.TryRun(function, JsonFile.Text(body.RootElement, "input") ?? "")
                ? StatusCodes.Status202Accepted
                : StatusCodes.Status400BadRequest;
        }
        catch (JsonException)
        {
            return StatusCodes.Status400BadRequest;
        }
    }

    private static void Fail(HttpContext context, int status)
    {
        context.Response.Clear();
        context.Response.StatusCode = status;
    }
}
