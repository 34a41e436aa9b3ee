using System.Security.Claims;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Serverless.Protocol;

/// <summary>Creates the access tokens of clients and management callers, in the form of the official .NET SDK's.</summary>
public static class AccessTokens
{
    /// <summary>The issuer that the SDK of Azure SignalR Service writes. The service does not check it.</summary>
    public const string Issuer = "azure-signalr";

    /// <summary>The minimum length of a key, in bytes. HS256 requires a key at least as long as its digest.</summary>
    public const int MinKeyBytes = 32;

    /// <summary>The maximum length of a token, in characters: that of the SDK, because a token may be part of a request line.</summary>
    public const int MaxTokenLength = 4096;

    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>Creates a token that is signed with HS256.</summary>
    /// <param name="key">The access key, used as UTF-8 bytes.</param>
    /// <param name="audience">The audience.</param>
    /// <param name="now">The time of issue.</param>
    /// <param name="lifetime">The time for which the token is valid.</param>
    /// <param name="userId">The user id, which replaces a user id among the claims, or null.</param>
    /// <param name="claims">
    /// The claims. A claim whose type is one of <see cref="ServiceClaims.TokenNames"/> gets <see cref="ServiceClaims.UserPrefix"/>; claims of
    /// the same type become an array.
    /// </param>
    /// <param name="keyId">The key id to write into the token's header, for a temporary key, or null.</param>
    /// <returns>The token.</returns>
    /// <exception cref="ArgumentException">The key is too short, or the token would be too long.</exception>
    public static string Create(
        string key,
        string audience,
        DateTimeOffset now,
        TimeSpan lifetime,
        string? userId = null,
        IEnumerable<Claim>? claims = null,
        string? keyId = null)
    {
        var keyBytes = Encoding.UTF8.GetBytes(key);
        if (keyBytes.Length < MinKeyBytes)
        {
            throw new ArgumentException($"The access key is shorter than {MinKeyBytes} bytes; use the gateway's own key.", nameof(key));
        }

        var token = Handler.CreateToken(new SecurityTokenDescriptor
        {
            Subject = new ClaimsIdentity(Payload(userId, claims)),
            Audience = audience,
            Issuer = Issuer,
            NotBefore = now.UtcDateTime,
            IssuedAt = now.UtcDateTime,
            Expires = (now + lifetime).UtcDateTime,
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(keyBytes) { KeyId = keyId }, SecurityAlgorithms.HmacSha256),
        });

        return token.Length <= MaxTokenLength
            ? token
            : throw new ArgumentException($"The token would be {token.Length} characters; the limit is {MaxTokenLength}. Give fewer claims.", nameof(claims));
    }

    /// <summary>Returns the audience of a client's token for a hub.</summary>
    /// <param name="audienceBase">The <see cref="ServiceConnectionString.AudienceBase"/>.</param>
    /// <param name="hub">The hub's name, which is converted to lower case.</param>
    /// <returns>The audience.</returns>
    public static string ClientAudience(string audienceBase, string hub) =>
        $"{audienceBase}client/?hub={hub.ToLowerInvariant()}";

    /// <summary>Returns the audience of a management request: its URL without the query.</summary>
    /// <param name="request">The URL of the request.</param>
    /// <returns>The audience.</returns>
    public static string RestAudience(Uri request) => request.GetLeftPart(UriPartial.Path);

    private static IEnumerable<Claim> Payload(string? userId, IEnumerable<Claim>? claims)
    {
        if (!string.IsNullOrEmpty(userId))
        {
            yield return new Claim(ServiceClaims.UserId, userId);
        }

        var hasSubject = false;
        foreach (var claim in claims ?? [])
        {
            if (claim.Type == ServiceClaims.UserId && !string.IsNullOrEmpty(userId))
            {
                continue;
            }

            // A token has one subject; further ones are user claims.
            var collides = ServiceClaims.TokenNames.Contains(claim.Type) || (claim.Type == "sub" && hasSubject);
            hasSubject |= claim.Type == "sub";
            yield return collides ? new Claim(ServiceClaims.UserPrefix + claim.Type, claim.Value, claim.ValueType) : claim;
        }
    }
}
