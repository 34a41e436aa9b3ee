using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Serverless.Gateway.Access;

/// <summary>Checks the signature and lifetime of bearer tokens. The caller checks the audience.</summary>
internal sealed partial class TokenValidator(AccessKeys keys, TimeProvider time, ILogger<TokenValidator> logger)
{
    private const string OtherAlgorithm = "The access token's algorithm is not HS256 or HS512.";
    private const string ForAnotherAudience = "The access token is for another audience.";
    private const string Malformed = "The access token is malformed.";
    private const int MaxTokenLength = 16 * 1024;

    /// <summary>
    /// Validates a token made with one of the access keys. <c>nbf</c>, <c>iat</c> and <c>iss</c> are not checked, as in the
    /// service. The key id is ignored, because it is random per process, unless it names a temporary key (docs/contract/tokens.md#client-access-token).
    /// </summary>
    /// <param name="token">The compact form; null if the request has none.</param>
    /// <param name="isAudience">Returns true for an accepted audience.</param>
    /// <param name="takesTemporaryKeys">True if a temporary key may have signed it; see <see cref="TemporaryKeys"/>.</param>
    public ValueTask<TokenResult> ValidateAsync(string? token, Func<string, bool> isAudience, bool takesTemporaryKeys = false)
    {
        if (string.IsNullOrEmpty(token))
        {
            return ValueTask.FromResult(
                TokenResult.Refused("The request has no access token. Send 'Authorization: Bearer <token>'."));
        }

        var reason = Check(token, isAudience, takesTemporaryKeys, out var parsed);
        if (reason is null)
        {
            return ValueTask.FromResult(TokenResult.Accepted(parsed!));
        }

        Log.Refused(logger, reason);
        return ValueTask.FromResult(TokenResult.Refused(reason, ReferenceEquals(reason, OtherAlgorithm)) with
        {
            OtherAudience = ReferenceEquals(reason, ForAnotherAudience) ? parsed!.Audiences.FirstOrDefault() ?? "" : null,
        });
    }

    // The library's handler does the same checks at several times the cost, which every connect would pay. A token that is not signed
    // is not parsed beyond its header: the library throws for odd shapes.
    private string? Check(string text, Func<string, bool> isAudience, bool takesTemporaryKeys, out JsonWebToken? token)
    {
        token = null;
        if (text.Length > MaxTokenLength || !TokenHead.TryRead(text, out var head))
        {
            return Malformed;
        }

        if (head.Algorithm is not (SecurityAlgorithms.HmacSha256 or SecurityAlgorithms.HmacSha512))
        {
            return OtherAlgorithm;
        }

        var current = keys.Current;
        var secrets = current.Secrets;
        if (takesTemporaryKeys && TemporaryKeys.IsId(head.KeyId))
        {
            if (TemporaryKeys.ExpiryOf(head.KeyId!) is not { } end || end <= time.GetUtcNow())
            {
                return "The access token's temporary key has expired. Get a new key from /api/v1/auth/accessKey.";
            }

            secrets = TemporaryKeys.SecretsOf(current, head.KeyId!);
        }

        if (!IsSignedWithAny(text, head.Algorithm, secrets))
        {
            return "The access token is not signed with an access key of this gateway.";
        }

        return CheckPayload(text, isAudience, out token);
    }

    private string? CheckPayload(string text, Func<string, bool> isAudience, out JsonWebToken? token)
    {
        token = null;
        try
        {
            var parsed = new JsonWebToken(text);

            // A missing 'exp' reads as the earliest time.
            if (parsed.ValidTo <= time.GetUtcNow().UtcDateTime)
            {
                return "The access token has expired or has no 'exp'. Get a new one.";
            }

            if (!parsed.Audiences.Any(isAudience))
            {
                token = parsed;
                return ForAnotherAudience;
            }

            // The claims that callers use are read here for the first time.
            _ = parsed.Claims;
            token = parsed;
            return null;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The library's exceptions for claims of odd types and numbers out of range are of many kinds.
            return Malformed;
        }
    }

    // header.payload.signature, base64url; the signature is the HMAC of the first two parts as they are written   RFC 7515 §5.2
    private static bool IsSignedWithAny(string text, string algorithm, ReadOnlySpan<byte[]> secrets)
    {
        var dot = text.LastIndexOf('.');
        Span<byte> actual = stackalloc byte[HMACSHA512.HashSizeInBytes];
        var signature = text.AsSpan(dot + 1);
        if (Base64Url.GetMaxDecodedLength(signature.Length) > actual.Length
            || Base64Url.DecodeFromChars(signature, actual, out _, out var written) != OperationStatus.Done)
        {
            return false;
        }

        var signed = Encoding.ASCII.GetBytes(text, 0, dot);
        Span<byte> hash = stackalloc byte[HMACSHA512.HashSizeInBytes];
        foreach (var secret in secrets)
        {
            var length = algorithm == SecurityAlgorithms.HmacSha256
                ? HMACSHA256.HashData(secret, signed, hash)
                : HMACSHA512.HashData(secret, signed, hash);
            if (CryptographicOperations.FixedTimeEquals(hash[..length], actual[..written]))
            {
                return true;
            }
        }

        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(Observability.EventIds.Access + 1, LogLevel.Debug, "A token was refused: {Reason}", EventName = "TokenRefused")]
        public static partial void Refused(ILogger logger, string reason);
    }
}

/// <summary>Represents the result of a token's check: the token, or the reason of the refusal in words for the caller.</summary>
/// <param name="Token">Null if it was refused.</param>
/// <param name="Reason">Null if it was accepted.</param>
/// <param name="IsOtherAlgorithm">True if the algorithm is not one of access keys. The token may be another issuer's.</param>
internal readonly record struct TokenResult(JsonWebToken? Token, string? Reason, bool IsOtherAlgorithm = false)
{
    /// <summary>
    /// Gets the audience, or the first one, of a token that is refused for its audience alone; empty if it has none. Null for other
    /// results.
    /// </summary>
    public string? OtherAudience { get; init; }

    public static TokenResult Accepted(JsonWebToken token) => new(token, null);

    public static TokenResult Refused(string reason, bool isOtherAlgorithm = false) => new(null, reason, isOtherAlgorithm);
}
