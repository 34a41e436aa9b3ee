using System.Globalization;
using Serverless.Gateway.Clients.Admission;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>Writes the plain-text answers of the client endpoints.</summary>
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
            // By then a load balancer has found another node; the socket is needed for others.
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
