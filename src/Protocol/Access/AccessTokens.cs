using System.Security.Claims;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Serverless.Protocol;

/// <summary>Makes the tokens that clients and management callers present, as the official .NET SDK makes them.</summary>
public static class AccessTokens
{
    /// <summary>The issuer that the SDK names; the service does not check it.</summary>
    public const string Issuer = "azure-signalr";

    /// <summary>HS256 asks for a key at least as long as its digest.</summary>
    public const int MinKeyBytes = 32;

    /// <summary>The SDK makes no token longer than this, as it travels in a request line.</summary>
    public const int MaxTokenLength = 4096;

    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>
    /// An HS256 token over the UTF-8 bytes of <paramref name="key"/>. A claim whose name is a token's own gets
    /// <see cref="ServiceClaims.UserPrefix"/>, claims of one name become an array, and <paramref name="userId"/> replaces a
    /// user id among the claims. A temporary key has a <paramref name="keyId"/>, which the token then names.
    /// </summary>
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

    /// <summary>The audience of a client's token for a hub.</summary>
    /// <param name="audienceBase"><see cref="ServiceConnectionString.AudienceBase"/>.</param>
    /// <param name="hub">The hub's name; the wire has it in lower case.</param>
    public static string ClientAudience(string audienceBase, string hub) =>
        $"{audienceBase}client/?hub={hub.ToLowerInvariant()}";

    /// <summary>The audience of a management request: its address without the query.</summary>
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

            // A token has one subject: the second and later ones are user claims like any other.
            var collides = ServiceClaims.TokenNames.Contains(claim.Type) || (claim.Type == "sub" && hasSubject);
            hasSubject |= claim.Type == "sub";
            yield return collides ? new Claim(ServiceClaims.UserPrefix + claim.Type, claim.Value, claim.ValueType) : claim;
        }
    }
}
