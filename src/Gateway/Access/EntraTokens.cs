using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Serverless.Gateway.Access;

/// <summary>Checks the tokens of one Entra ID issuer.</summary>
internal sealed partial class EntraTokens : IDisposable
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly EntraOptions _options;
    private readonly string _audience;
    private readonly TimeProvider _time;
    private readonly ILogger<EntraTokens> _logger;
    private readonly EntraMetadata _metadata;
    private readonly JsonWebTokenHandler _handler = new();

    public EntraTokens(IOptions<EntraOptions> options, TimeProvider time, ILogger<EntraTokens> logger)
    {
        _options = options.Value;
        _audience = _options.Audience!.TrimEnd('/');
        _time = time;
        _logger = logger;
        _metadata = new EntraMetadata(_options.MetadataAddress, time, logger);
    }

    /// <summary>Gets a value that indicates whether an issuer is configured.</summary>
    public bool IsOn => _options.IsOn;

    /// <summary>Checks signature, issuer, audience and life time.</summary>
    public async ValueTask<EntraResult> ValidateAsync(string token)
    {
        if (!TokenHead.TryRead(token, out _))
        {
            return Refuse(new SecurityTokenMalformedException());
        }

        // The library may block; this may be a thread that polls sockets.
        await Task.Yield();
        var metadata = await _metadata.GetAsync();
        if (metadata is null)
        {
            return EntraResult.Unavailable;
        }

        var result = await CheckAsync(token, metadata);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException && await _metadata.GetAsync(unlike: metadata) is { } fresh)
        {
            result = await CheckAsync(token, fresh);
        }

        return result.IsValid
            ? EntraResult.Accepted(EntraRoles.Of(RolesOf((JsonWebToken)result.SecurityToken)))
            : Refuse(result.Exception);
    }

    public void Dispose() => _metadata.Dispose();

    private static IEnumerable<string> RolesOf(JsonWebToken token) =>
        token.Claims.Where(static claim => claim.Type == "roles").Select(static claim => claim.Value);

    private async Task<TokenValidationResult> CheckAsync(string token, OpenIdConnectConfiguration metadata)
    {
        try
        {
            return await _handler.ValidateTokenAsync(token, ParametersOf(metadata));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The library returns most failures as a result, but throws for some odd tokens.
            return new TokenValidationResult { Exception = exception };
        }
    }

    private TokenValidationParameters ParametersOf(OpenIdConnectConfiguration metadata) =>
        new()
        {
            // Never HMAC: a public key would be its secret.
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512],
            IssuerSigningKeys = metadata.SigningKeys,
            ValidIssuers = Issuers(metadata),
            ValidAudiences = [_audience, _audience + "/"],
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = (notBefore, expires, _, _) => IsAlive(notBefore, expires),
        };

    private bool IsAlive(DateTime? notBefore, DateTime? expires)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return now >= (notBefore ?? DateTime.MinValue) - ClockSkew
            && (expires is not null && now < expires ? true : throw new SecurityTokenExpiredException());
    }

    // Entra signs tokens of both its versions with the same keys, and the older version has another issuer name.
    private IEnumerable<string> Issuers(OpenIdConnectConfiguration metadata) => string.IsNullOrEmpty(_options.TenantId)
        ? [metadata.Issuer]
        : [metadata.Issuer, $"https://sts.windows.net/{_options.TenantId}/"];

    private EntraResult Refuse(Exception exception)
    {
        Log.Refused(_logger, exception.GetType().Name);
        return EntraResult.Refused(exception switch
        {
            SecurityTokenExpiredException => "The access token has expired. Get a new one.",
            SecurityTokenInvalidLifetimeException => "The access token is not valid yet. Compare the clocks.",
            SecurityTokenInvalidAudienceException => $"The access token is for another audience. Ask for the scope {_audience}/.default.",
            SecurityTokenInvalidIssuerException => "The access token is of another issuer than Gateway:Entra names.",
            SecurityTokenSignatureKeyNotFoundException => "The access token is signed with a key that its issuer does not publish.",
            SecurityTokenInvalidSignatureException or SecurityTokenInvalidAlgorithmException => "The access token's signature is wrong.",
            _ => "The access token is malformed or lacks its life time.",
        });
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Access + 2, LogLevel.Debug, "An Entra ID token was refused: {Reason}", EventName = "EntraTokenRefused")]
        public static partial void Refused(ILogger logger, string reason);
    }
}

/// <summary>Represents the result of checking an Entra token.</summary>
/// <param name="Rights">The rights of its roles.</param>
/// <param name="Reason">The reason of the refusal; null if it was accepted.</param>
/// <param name="IsUnavailable">True if the token could not be checked, because the issuer does not answer.</param>
internal readonly record struct EntraResult(EntraRights Rights, string? Reason, bool IsUnavailable = false)
{
    public static EntraResult Unavailable { get; } =
        new(EntraRights.None, "The access token cannot be checked now, because its issuer does not answer. Try again.", IsUnavailable: true);

    public static EntraResult Accepted(EntraRights rights) => new(rights, null);

    public static EntraResult Refused(string reason) => new(EntraRights.None, reason);
}
