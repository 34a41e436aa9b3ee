using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Access;

/// <summary>
/// Creates and checks the secret in a transport's URL, which negotiate issues and any node checks without shared state:
/// <c>base64url(connection id (22) | expiry, unix ms (8) | flags (1) | HMAC-SHA256 over these, hub and user (16 of 32))</c>.
/// It is bound to hub and user, short-lived, and valid for one connection (the connection table keeps track of used tokens).
/// </summary>
internal sealed class ConnectionToken(AccessKeys keys, TimeProvider time)
{
    /// <summary>The time within which a client must connect after negotiate: ASP.NET Core's 15 s (the service's is about 5 s).</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(15);

    private const int ExpiryOffset = ConnectionId.ByteCount;
    private const int FlagsOffset = ExpiryOffset + sizeof(long);
    private const int SignatureOffset = FlagsOffset + 1;
    private const int SignatureBytes = 16;
    private const byte StatefulFlag = 1;
    private const int TotalBytes = SignatureOffset + SignatureBytes;

    /// <summary>Creates a token for a new connection of this node.</summary>
    /// <param name="node">The connection's home node.</param>
    /// <param name="hub">The only hub that it is valid for.</param>
    /// <param name="userId">The only user that it is valid for.</param>
    /// <param name="isStateful">True if negotiate agreed on stateful reconnect.</param>
    /// <param name="connectionId">The connection's public id.</param>
    public string Create(NodeId node, HubName hub, string? userId, bool isStateful, out string connectionId)
    {
        Span<byte> bytes = stackalloc byte[TotalBytes];
        ConnectionId.Create(node, bytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes[ExpiryOffset..], (time.GetUtcNow() + Lifetime).ToUnixTimeMilliseconds());
        bytes[FlagsOffset] = isStateful ? StatefulFlag : (byte)0;
        Sign(keys.Current.ConnectionTokenKeys[0], bytes[..SignatureOffset], hub, userId, bytes[SignatureOffset..]);
        connectionId = ConnectionId.ToText(bytes);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Checks the token of a client of this hub and user.</summary>
    public ConnectionTokenResult Check(string token, HubName hub, string? userId)
    {
        Span<byte> bytes = stackalloc byte[TotalBytes];
        if (Base64Url.GetMaxDecodedLength(token.Length) > TotalBytes
            || Base64Url.DecodeFromChars(token, bytes, out _, out var written) != System.Buffers.OperationStatus.Done
            || written != TotalBytes)
        {
            return default;
        }

        Span<byte> expected = stackalloc byte[SignatureBytes];
        foreach (var key in keys.Current.ConnectionTokenKeys)
        {
            Sign(key, bytes[..SignatureOffset], hub, userId, expected);
            if (CryptographicOperations.FixedTimeEquals(expected, bytes[SignatureOffset..]))
            {
                var expires = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes[ExpiryOffset..]));
                return new ConnectionTokenResult(
                    time.GetUtcNow() < expires, ConnectionId.ToText(bytes), expires, (bytes[FlagsOffset] & StatefulFlag) != 0);
            }
        }

        return default;
    }

    private static void Sign(byte[] key, ReadOnlySpan<byte> head, HubName hub, string? userId, Span<byte> signature)
    {
        // head | hub | 0 | user: hub names contain no zero, so two different pairs never give the same bytes.
        var length = head.Length + Encoding.UTF8.GetMaxByteCount(hub.Value.Length + (userId?.Length ?? 0) + 1);
        var signed = length <= 512 ? stackalloc byte[512] : new byte[length];
        head.CopyTo(signed);
        var used = head.Length + Encoding.UTF8.GetBytes(hub.Value, signed[head.Length..]);
        signed[used++] = 0;
        used += Encoding.UTF8.GetBytes(userId, signed[used..]);

        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, signed[..used], hash);
        hash[..SignatureBytes].CopyTo(signature);
    }
}

/// <summary>Represents the result of checking a connection token.</summary>
/// <param name="IsValid">True if the token is signed by this gateway for this hub and user, and not expired.</param>
/// <param name="ConnectionId">The public id; null if the signature is wrong.</param>
/// <param name="Expires">The time when the token expires.</param>
/// <param name="IsStateful">True if negotiate agreed on stateful reconnect.</param>
internal readonly record struct ConnectionTokenResult(bool IsValid, string? ConnectionId, DateTimeOffset Expires, bool IsStateful);
