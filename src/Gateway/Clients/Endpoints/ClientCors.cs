using Microsoft.AspNetCore.Cors.Infrastructure;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Clients.Admission;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>
/// Tells browsers which origins may read the answers of the client routes: every answer, refusals and unknown paths included, or a page
/// cannot see why it is refused.
/// </summary>
internal sealed class ClientCors(AllowedOrigins origins)
{
    // Any origin by default, with credentials, as the emulator: the browser client sends them, and "*" would not do.
    private readonly CorsPolicy _policy = new CorsPolicyBuilder()
        .SetIsOriginAllowed(origins.IsAllowed)
        .AllowAnyHeader()
        .AllowAnyMethod()
        .AllowCredentials()
        .Build();

    /// <summary>Answers preflight requests, and marks all other answers.</summary>
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

    /// <summary>Marks an answer that is given before the routes.</summary>
    public void Apply(HttpContext context)
    {
        // An origin that no response can repeat is not allowed.
        if (context.Request.Headers.Origin is [{ Length: > 0 } origin] && origins.IsAllowed(origin))
        {
            context.Response.Headers.AccessControlAllowOrigin = origin;
            context.Response.Headers.AccessControlAllowCredentials = "true";
            context.Response.Headers.Vary = "Origin";
        }
    }
}
