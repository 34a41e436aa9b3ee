using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Gateway.Access;

/// <summary>
/// Creates keys for callers that have an Entra identity instead of an access key, valid for 90 minutes and only for client tokens. Any node
/// can check them without shared state, because a key is derived from the primary access key and its own id, which contains its expiry:
/// <c>"tk1." + base64url(expiry, unix s (8) | nonce (8))</c>. Replacing the access key revokes them.
/// </summary>
internal static class TemporaryKeys
{
    /// <summary>As the service; SDKs ask for a new key every 55 minutes (docs/contract/tokens.md#temporary-keys).</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(90);

    private const string Prefix = "tk1.";
    private const int NonceOffset = sizeof(long);
    private const int IdBytes = NonceOffset + 8;

    /// <summary>Creates a key from the primary access key.</summary>
    public static TemporaryKey Create(AccessKeySet keys, DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[IdBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, (now + Lifetime).ToUnixTimeSeconds());
        RandomNumberGenerator.Fill(bytes[NonceOffset..]);
        var id = Prefix + Base64Url.EncodeToString(bytes);
        return new TemporaryKey(id, Derive(keys.Secrets[0], id));
    }

    /// <summary>Returns true when a token's key id names a temporary key. The ids of SDKs that have an access key are numbers.</summary>
    public static bool IsId(string? keyId) => keyId?.StartsWith(Prefix, StringComparison.Ordinal) == true;

    /// <summary>Returns the expiry of a key; null if its id is malformed.</summary>
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

    /// <summary>Returns the secret bytes of a key, one for each access key that it may be derived from.</summary>
    public static byte[][] SecretsOf(AccessKeySet keys, string keyId) =>
        [.. keys.Secrets.Select(secret => Encoding.UTF8.GetBytes(Derive(secret, keyId)))];

    private static string Derive(byte[] secret, string keyId) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes("temporary-key\n" + keyId)));
}

/// <summary>Represents a temporary key as its holder uses it: the text signs, and the id is the tokens' <c>kid</c>.</summary>
internal readonly record struct TemporaryKey(string KeyId, string AccessKey);
