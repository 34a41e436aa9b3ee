using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Access;

/// <summary>Whether a caller of the REST API may make a call: with a token of an access key, or with an Entra ID token and its roles.</summary>
internal sealed class RestAccess(TokenValidator tokens, Audiences audiences, EntraTokens entra)
{
    /// <summary>Checks the request's token. An access key's token may do everything but get temporary keys; see <see cref="CheckEntraAsync"/>.</summary>
    public ValueTask<RestAccessResult> CheckAsync(HttpContext context)
    {
        var target = RequestTarget.Of(context);
        return CheckAsync(context, BearerToken.Of(context.Request.Headers.Authorization), target, NeededFor(context.Request.Method, target));
    }

    /// <summary>Checks a token that may have come otherwise than by the header, for an address that may stand for several.</summary>
    /// <param name="context">The request.</param>
    /// <param name="text">The token; null if there is none.</param>
    /// <param name="target">What the token's audience must name.</param>
    /// <param name="needed">Rights of which an Entra ID token needs one.</param>
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

    /// <summary>Checks an Entra ID token for rights of which one is enough.</summary>
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

/// <summary>Allowed, or the status and the words of the refusal: 401, 403, or 503 while the issuer does not answer.</summary>
internal readonly record struct RestAccessResult(int Status, string? Reason)
{
    public static RestAccessResult Allowed => default;

    public bool IsAllowed => Status == 0;
}
