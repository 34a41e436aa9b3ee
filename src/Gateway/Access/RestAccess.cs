using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Access;

/// <summary>Authorises calls of the REST API: by a token of an access key, or by an Entra ID token and its roles.</summary>
internal sealed class RestAccess(TokenValidator tokens, Audiences audiences, EntraTokens entra)
{
    /// <summary>
    /// Checks the request's token. A token of an access key allows all calls except getting temporary keys; see
    /// <see cref="CheckEntraAsync"/>.
    /// </summary>
    public ValueTask<RestAccessResult> CheckAsync(HttpContext context)
    {
        var target = RequestTarget.Of(context);
        return CheckAsync(context, BearerToken.Of(context.Request.Headers.Authorization), target, NeededFor(context.Request.Method, target));
    }

    /// <summary>Checks a token that may not be from the header, for an address that may represent several.</summary>
    /// <param name="context">The request.</param>
    /// <param name="text">The token; null without one.</param>
    /// <param name="target">The target that the token's audience must name.</param>
    /// <param name="needed">The rights, of which an Entra ID token needs one.</param>
    public async ValueTask<RestAccessResult> CheckAsync(HttpContext context, string? text, RequestTarget target, EntraRights needed)
    {
        var application = context.Request.Query["application"] is [{ Length: > 0 } name, ..] ? name : null;
        var address = RequestAddress.Of(context);
        var result = await tokens.ValidateAsync(text, audience => audiences.IsForRest(audience, address, target, application));
        if (result.Token is not null)
        {
            return RestAccessResult.Allowed;
        }

        return result.IsOtherAlgorithm && entra.IsOn
            ? await CheckEntraAsync(text!, needed)
            : new RestAccessResult(
                StatusCodes.Status401Unauthorized, result.OtherAudience is { } other ? audiences.Refuse(other, address) : result.Reason);
    }

    private static EntraRights NeededFor(string method, RequestTarget target) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? EntraRights.Read
        : target.Segments is [.., ":generateToken"] ? EntraRights.Write | EntraRights.Tokens
        : EntraRights.Write;

    /// <summary>Checks that an Entra ID token has at least one of the rights.</summary>
    public async ValueTask<RestAccessResult> CheckEntraAsync(string? token, EntraRights needed)
    {
        if (!entra.IsOn)
        {
            return new RestAccessResult(
                StatusCodes.Status401Unauthorized, "This needs an Entra ID token, and the gateway takes none. Set Gateway:Entra:TenantId.");
        }

        if (string.IsNullOrEmpty(token))
        {
            return new RestAccessResult(
                StatusCodes.Status401Unauthorized, "The request has no access token. Send 'Authorization: Bearer <token>'.");
        }

        var result = await entra.ValidateAsync(token);
        if (result.Reason is not null)
        {
            return new RestAccessResult(
                result.IsUnavailable ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status401Unauthorized, result.Reason);
        }

        return (result.Rights & needed) != 0
            ? RestAccessResult.Allowed
            : new RestAccessResult(
                StatusCodes.Status403Forbidden,
                $"The access token's roles do not allow this. Give its identity the role {EntraRoles.Sufficient(needed)}.");
    }
}

/// <summary>
/// Represents the result of a check: allowed, or the status and text of the refusal: 401, 403, or 503 while the issuer does not answer.
/// </summary>
internal readonly record struct RestAccessResult(int Status, string? Reason)
{
    public static RestAccessResult Allowed => default;

    public bool IsAllowed => Status == 0;
}
