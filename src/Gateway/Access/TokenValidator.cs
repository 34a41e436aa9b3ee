using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Serverless.Gateway.Access;

/// <summary>Checks the signature and life time of bearer tokens; whom a token is for is the caller's rule.</summary>
internal sealed partial class TokenValidator
{
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = 16 * 1024 };
    private readonly TokenValidationParameters _parameters;
    private readonly ILogger<TokenValidator> _logger;

    public TokenValidator(AccessKeys keys, TimeProvider time, ILogger<TokenValidator> logger)
    {
        _logger = logger;
        _parameters = new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256, SecurityAlgorithms.HmacSha512],
            IssuerSigningKeys = keys.SigningKeys,
            TryAllIssuerSigningKeys = true,
            ValidateIssuer = false,
            ValidateAudience = false, // depends on the request; checked last
            LifetimeValidator = (_, expires, _, _) => expires is { } end && end > time.GetUtcNow().UtcDateTime,
        };
    }

    /// <summary>
    /// Validates a token made with one of the access keys. <c>nbf</c>, <c>iat</c> and <c>iss</c> are not looked at, as in the
    /// service; the key id is ignored, as it is random per process (auth.md §3).
    /// </summary>
    /// <param name="token">The compact form; null if the request has none.</param>
    /// <param name="isAudience">Whether one audience of the token fits.</param>
    public async ValueTask<TokenResult> ValidateAsync(string? token, Func<string, bool> isAudience)
    {
        if (string.IsNullOrEmpty(token))
        {
            return TokenResult.Refused("The request has no access token. Send 'Authorization: Bearer <token>'.");
        }

        var result = await _handler.ValidateTokenAsync(token, _parameters);
        string reason;
        if (!result.IsValid)
        {
            reason = Explain(result.Exception);
        }
        else if (result.SecurityToken is JsonWebToken valid && valid.Audiences.Any(isAudience))
        {
            return TokenResult.Accepted(valid);
        }
        else
        {
            reason = "The access token is for another audience. Its 'aud' must name this endpoint and the address of the request.";
        }

        Log.Refused(_logger, reason);
        return TokenResult.Refused(reason);
    }

    private static string Explain(Exception? exception) => exception switch
    {
        SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException or SecurityTokenNoExpirationException =>
            "The access token has expired or has no 'exp'. Get a new one.",
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException =>
            "The access token is not signed with an access key of this gateway.",
        SecurityTokenInvalidAlgorithmException => "The access token's algorithm is not HS256 or HS512.",
        _ => "The access token is malformed.",
    };

    private static partial class Log
    {
        [LoggerMessage(Observability.EventIds.Access + 1, LogLevel.Debug, "A token was refused: {Reason}", EventName = "TokenRefused")]
        public static partial void Refused(ILogger logger, string reason);
    }
}

/// <summary>A token's check: the token, or why it was refused in words for the caller.</summary>
internal readonly record struct TokenResult(JsonWebToken? Token, string? Reason)
{
    public static TokenResult Accepted(JsonWebToken token) => new(token, null);

    public static TokenResult Refused(string reason) => new(null, reason);
}
