using Microsoft.AspNetCore.Cors.Infrastructure;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Clients.Admission;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>
/// Applies CORS to the client routes. Every answer has the headers, refusals and unknown paths included, so that a page can read the
/// reason of a refusal.
/// </summary>
internal sealed class ClientCors(AllowedOrigins origins)
{
    // Any origin by default, with credentials, as in the emulator: the browser client sends credentials, which "*" does not allow.
    private readonly CorsPolicy _policy = new CorsPolicyBuilder()
        .SetIsOriginAllowed(origins.IsAllowed)
        .AllowAnyHeader()
        .AllowAnyMethod()
        .AllowCredentials()
        .Build();

    /// <summary>Answers preflight requests, and adds the CORS headers to all other answers.</summary>
    public void Use(WebApplication app) => app.UseWhen(
        static context => RequestTarget.Of(context).IsUnder("client"),
        branch =>
        {
            branch.Use((context, next) =>
            {
                if (RepeatedHeaders.FindUnrepeatable(context.Request.Headers) is not { } name)
                {
                    return next(context);
                }

                Apply(context);
                return ClientResponses.RefuseAsync(
                    context, new Refusal(StatusCodes.Status400BadRequest, $"The request's header {name} has characters other than printable ASCII."));
            });
            branch.UseMiddleware<CorsMiddleware>(_policy);
        });

    /// <summary>Adds the CORS headers to an answer that is written before routing.</summary>
    public void Apply(HttpContext context)
    {
        // An origin with characters that a response cannot repeat is not allowed.
        if (context.Request.Headers.Origin is [{ Length: > 0 } origin] && origins.IsAllowed(origin))
        {
            context.Response.Headers.AccessControlAllowOrigin = origin;
            context.Response.Headers.AccessControlAllowCredentials = "true";
            context.Response.Headers.Vary = "Origin";
        }
    }
}
