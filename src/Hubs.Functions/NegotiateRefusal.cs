using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;

namespace Serverless.Hubs.Functions;

/// <summary>
/// Answers 401 or 403 to clients that are refused. The framework's own handler, which asks an authentication scheme for the answer, is used
/// where the app has a scheme; with the platform's authentication an app has none.
/// </summary>
internal sealed class NegotiateRefusal(IAuthenticationSchemeProvider schemes) : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _framework = new();

    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded || (await schemes.GetAllSchemesAsync()).Any())
        {
            await _framework.HandleAsync(next, context, policy, authorizeResult);
        }
        else
        {
            context.Response.StatusCode = authorizeResult.Forbidden ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
        }
    }
}
