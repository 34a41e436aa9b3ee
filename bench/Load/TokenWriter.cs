using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Load;

/// <summary>Writes signed tokens (HS256) for one audience, all different.</summary>
/// <param name="key">An access key.</param>
/// <param name="audience">The audience.</param>
/// <param name="withUsers">True to make each client a user of its own, <c>u</c> and its number.</param>
internal sealed class TokenWriter(string key, string audience, bool withUsers = false)
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);
    private readonly long _issued = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
    private int _count;

    internal int Write(Span<byte> token, int client = 0)
    {
        var user = withUsers ? $",\"asrs.s.uid\":\"u{client}\"" : "";
        Span<byte> claims = stackalloc byte[512];
        // "jti" is not checked, so it can make each token different.
        _ = System.Text.Unicode.Utf8.TryWrite(
            claims,
            $"{{\"aud\":\"{audience}\",\"iat\":{_issued},\"exp\":{_issued + 86_400},\"jti\":\"{_count++}\"{user}}}",
            out var claimsLength);
        var length = Base64Url.EncodeToUtf8("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"u8, token);
        token[length++] = (byte)'.';
        length += Base64Url.EncodeToUtf8(claims[..claimsLength], token[length..]);
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, token[..length], signature);
        token[length++] = (byte)'.';
        return length + Base64Url.EncodeToUtf8(signature, token[length..]);
    }

    public override string ToString()
    {
        var token = new byte[1024];
        return Encoding.ASCII.GetString(token, 0, Write(token));
    }
}
