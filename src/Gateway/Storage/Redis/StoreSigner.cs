using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Gateway.Storage.Redis;

/// <summary>
/// Signs values stored in Redis and checks those read, so that another user of the same Redis cannot forge them. Immutable.
/// <c>content | 1 (1) | key's id (8) | HMAC-SHA256 over the content's length, these and the place (16 of 32)</c>.
/// </summary>
/// <remarks>
/// The place identifies the membership, letter or row, so that a copy is not valid at another place. A signature has no age: an earlier
/// value of the same place is valid too.
/// </remarks>
/// <param name="keys">The keys that verify, by id.</param>
/// <param name="signing">The id of the key that signs.</param>
internal sealed class StoreSigner(FrozenDictionary<ulong, byte[]> keys, ulong signing)
{
    public const int KeyBytes = 32;

    private const byte Version = 1;
    private const int TagBytes = 16;
    private const int HeadBytes = 1 + sizeof(ulong);
    private const int TrailerBytes = HeadBytes + TagBytes;

    public FrozenDictionary<ulong, byte[]> Keys => keys;

    public ulong Signing => signing;

    /// <summary>Returns the id of the key that signed a value; null if the value has no signature.</summary>
    public static ulong? KeyOf(ReadOnlySpan<byte> value) =>
        value.Length >= TrailerBytes && value[^TrailerBytes] == Version ? BinaryPrimitives.ReadUInt64BigEndian(value[^(TrailerBytes - 1)..]) : null;

    /// <summary>Returns the content with its signature.</summary>
    public byte[] Sign(ReadOnlySpan<byte> content, string place)
    {
        var value = new byte[content.Length + TrailerBytes];
        content.CopyTo(value);
        value[content.Length] = Version;
        BinaryPrimitives.WriteUInt64BigEndian(value.AsSpan(content.Length + 1), signing);
        Compute(keys[signing], value.AsSpan(0, content.Length + HeadBytes), place).CopyTo(value.AsSpan(content.Length + HeadBytes));
        return value;
    }

    /// <summary>Checks a value. Returns false if no node of this deployment signed it for the place.</summary>
    public bool TryOpen(ReadOnlyMemory<byte> value, string place, out ReadOnlyMemory<byte> content)
    {
        content = default;
        if (KeyOf(value.Span) is not { } id || !keys.TryGetValue(id, out var key)
            || !CryptographicOperations.FixedTimeEquals(Compute(key, value.Span[..^TagBytes], place), value.Span[^TagBytes..]))
        {
            return false;
        }

        content = value[..^TrailerBytes];
        return true;
    }

    private static ReadOnlySpan<byte> Compute(byte[] key, ReadOnlySpan<byte> signed, string place)
    {
        var text = new byte[sizeof(int) + signed.Length + Encoding.UTF8.GetByteCount(place)];
        BinaryPrimitives.WriteInt32BigEndian(text, signed.Length);
        signed.CopyTo(text.AsSpan(sizeof(int)));
        Encoding.UTF8.GetBytes(place, text.AsSpan(sizeof(int) + signed.Length));
        return HMACSHA256.HashData(key, text).AsSpan(0, TagBytes);
    }
}
