using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Gateway.Access;

/// <summary>
/// Keys for callers that have an Entra identity in place of an access key: good for 90 minutes, for client tokens alone. Any node can
/// check them without shared state, because a key is derived from the primary access key and its own id, which holds its end:
/// <c>"tk1." + base64url(expiry, unix s (8) | nonce (8))</c>. Replacing the access key ends them.
/// </summary>
internal static class TemporaryKeys
{
    /// <summary>As the service; SDKs ask for a new key every 55 minutes (docs/contract/tokens.md#temporary-keys).</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(90);

    private const string Prefix = "tk1.";
    private const int NonceOffset = sizeof(long);
    private const int IdBytes = NonceOffset + 8;

    /// <summary>Makes a key from the primary access key.</summary>
    public static TemporaryKey Create(AccessKeySet keys, DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[IdBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, (now + Lifetime).ToUnixTimeSeconds());
        RandomNumberGenerator.Fill(bytes[NonceOffset..]);
        var id = Prefix + Base64Url.EncodeToString(bytes);
        return new TemporaryKey(id, Derive(keys.Secrets[0], id));
    }

    /// <summary>Whether a token's key id names a key of this kind; the ids of SDKs that hold an access key are numbers.</summary>
    public static bool IsId(string? keyId) => keyId?.StartsWith(Prefix, StringComparison.Ordinal) == true;

    /// <summary>The end of a key, or null if its id is none of ours.</summary>
    public static DateTimeOffset? ExpiryOf(string keyId)
    {
        Span<byte> bytes = stackalloc byte[IdBytes];
        var text = keyId.AsSpan(Prefix.Length);
        if (Base64Url.GetMaxDecodedLength(text.Length) > IdBytes
            || Base64Url.DecodeFromChars(text, bytes, out _, out var written) != OperationStatus.Done
            || written != IdBytes)
        {
            return null;
        }

        var seconds = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return seconds is >= 0 and < int.MaxValue * 2L ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
    }

    /// <summary>The secret bytes that a key of this id has, one per access key it may have been derived from.</summary>
    public static byte[][] SecretsOf(AccessKeySet keys, string keyId) =>
        [.. keys.Secrets.Select(secret => Encoding.UTF8.GetBytes(Derive(secret, keyId)))];

    private static string Derive(byte[] secret, string keyId) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes("temporary-key\n" + keyId)));
}

/// <summary>A temporary key as its holder uses it: the text signs, the id goes into the tokens' <c>kid</c>.</summary>
internal readonly record struct TemporaryKey(string KeyId, string AccessKey);
