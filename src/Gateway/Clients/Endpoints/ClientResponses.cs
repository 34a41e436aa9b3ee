using System.Globalization;
using Serverless.Gateway.Clients.Admission;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>Writes refusals as plain text.</summary>
internal static class ClientResponses
{
    public static async Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        context.Response.StatusCode = refusal.Status;
        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        if (refusal.RetryAfterSeconds is { } seconds)
        {
            // The retry needs a new connection: a load balancer may choose another node, and the socket is free for other clients.
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            context.Response.Headers.Connection = "close";
        }

        if (refusal.Text.Length > 0)
        {
            context.Response.ContentType = "text/plain";
            await context.Response.WriteAsync(refusal.Text, context.RequestAborted);
        }
    }
}
