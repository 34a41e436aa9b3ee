using Microsoft.AspNetCore.Http;

namespace Serverless.Hubs.AspNetCore;

/// <summary>Answers a client's negotiate request with the gateway's URL and an access token.</summary>
internal static class HubNegotiateEndpoint
{
    public static async Task HandleAsync(
        HttpContext context, Negotiator negotiator, string? hub, Func<HttpContext, ValueTask<NegotiateOptions?>> negotiate)
    {
        if (await negotiate(context) is not { } options)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        var response = negotiator.Negotiate(options, hub);
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(
            response, NegotiateJsonContext.Default.NegotiateResponse, cancellationToken: context.RequestAborted);
    }
}
