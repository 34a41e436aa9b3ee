using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.ObjectPool;
using Serverless.Gateway.Access;

namespace Serverless.Gateway.Backplane.Signing;

/// <summary>The outcome of checking a signature.</summary>
internal enum SignatureCheck
{
    /// <summary>A node of this deployment has signed the content for this place, and recently enough; or unsigned messages are accepted.</summary>
    Good,

    /// <summary>The content has no signature.</summary>
    Unsigned,

    /// <summary>The content was signed with another key or for another place, or was changed.</summary>
    Forged,

    /// <summary>The signature is valid, but older than a message may be, or from the future.</summary>
    Stale,
}

/// <summary>
/// Signs content that nodes write to Redis for each other, and checks content that they read, so that another user of the same Redis cannot
/// forge it. The signature follows the content, where versions that do not know it skip it:
/// <c>content | 1 (1) | time of signing, unix ms, big-endian (8) | HMAC-SHA256 over these and the place (16 of 32)</c>.
/// </summary>
/// <remarks>
/// The place is the channel, stream or ledger that the content is for, so that it is valid at no other place. The content's first fields name
/// its sender. The keys are derived from both access keys: the primary key signs, either key is accepted. Safe for many threads.
/// </remarks>
/// <param name="keys">The access keys in force.</param>
/// <param name="time">The clock; the clocks of all nodes must agree within <see cref="Skew"/>.</param>
/// <param name="maxTransit">The longest time from publishing to reading; a frozen node that is not declared lost yet reads that late.</param>
/// <param name="acceptsUnsigned">Returns true while content without a signature is accepted too.</param>
internal sealed class BackplaneSigner(AccessKeys keys, TimeProvider time, TimeSpan maxTransit, Func<bool> acceptsUnsigned)
{
    /// <summary>The bytes of a signature.</summary>
    public const int TrailerBytes = TimeOffset + sizeof(long) + TagBytes;

    /// <summary>The largest difference between nodes' clocks; far more than connection tokens allow.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    private const byte Version = 1;
    private const int TimeOffset = 1;
    private const int TagBytes = 16;
    private const int ShortPlace = 256;

    private static readonly TimeSpan Old = TimeSpan.FromSeconds(20);

    private volatile KeyedHashes? _hashes;

    /// <summary>Gets the largest age of the signature of a published message.</summary>
    public TimeSpan MaxAge { get; } = maxTransit + Skew;

    /// <summary>Gets the keys in force; another object after each change.</summary>
    public object Keys => keys.Current;

    private KeyedHashes Hashes => keys.Current is var current && _hashes is { } hashes && ReferenceEquals(hashes.Keys, current)
        ? hashes
        : _hashes = new KeyedHashes(current);

    /// <summary>Writes a message with its signature.</summary>
    public byte[] Sign(BackplaneMessage message, string place)
    {
        var bytes = message.Encode(TrailerBytes);
        Sign(bytes, place);
        return bytes;
    }

    /// <summary>Signs the content of a buffer, whose last <see cref="TrailerBytes"/> are for the signature.</summary>
    public void Sign(Span<byte> bytes, string place)
    {
        var trailer = bytes[^TrailerBytes..];
        trailer[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(trailer[TimeOffset..], time.GetUtcNow().ToUnixTimeMilliseconds());
        var size = Encoding.UTF8.GetMaxByteCount(place.Length);
        var text = size <= ShortPlace ? stackalloc byte[ShortPlace] : new byte[size];
        Compute(Hashes.Pools[0], bytes[..^TagBytes], text[..Encoding.UTF8.GetBytes(place, text)], bytes[^TagBytes..]);
    }

    /// <summary>
    /// Signs a message again that has waited since it was signed, so that it is not refused as too old. No other thread may read the bytes
    /// meanwhile.
    /// </summary>
    public void RenewIfOld(Span<byte> bytes, string place)
    {
        if (AgeOf(bytes) is var age && (age > Old || age < TimeSpan.Zero))
        {
            Sign(bytes, place);
        }
    }

    /// <summary>Checks a published message.</summary>
    public SignatureCheck Check(ReadOnlySpan<byte> bytes, int contentLength, ReadOnlySpan<byte> place) => Check(bytes, contentLength, place, MaxAge);

    /// <summary>Checks a signature.</summary>
    /// <param name="bytes">The content and everything behind it.</param>
    /// <param name="contentLength">The length of the content.</param>
    /// <param name="place">The place that it must be signed for.</param>
    /// <param name="maxAge">The largest age of the signature; null for any age.</param>
    public SignatureCheck Check(ReadOnlySpan<byte> bytes, int contentLength, ReadOnlySpan<byte> place, TimeSpan? maxAge)
    {
        if (bytes.Length == contentLength)
        {
            return acceptsUnsigned() ? SignatureCheck.Good : SignatureCheck.Unsigned;
        }

        if (bytes.Length != contentLength + TrailerBytes || bytes[contentLength] != Version)
        {
            return SignatureCheck.Forged;
        }

        Span<byte> expected = stackalloc byte[TagBytes];
        foreach (var pool in Hashes.Pools)
        {
            Compute(pool, bytes[..^TagBytes], place, expected);
            if (CryptographicOperations.FixedTimeEquals(expected, bytes[^TagBytes..]))
            {
                return maxAge is not { } max || (AgeOf(bytes) is var age && age <= max && age >= -Skew) ? SignatureCheck.Good : SignatureCheck.Stale;
            }
        }

        return SignatureCheck.Forged;
    }

    private static void Compute(ObjectPool<IncrementalHash> pool, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> place, Span<byte> tag)
    {
        // The content contains its own length, so no two pairs of content and place give the same bytes.
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var hash = pool.Get();
        hash.AppendData(signed);
        hash.AppendData(place);
        hash.GetHashAndReset(whole);
        pool.Return(hash);
        whole[..TagBytes].CopyTo(tag);
    }

    // Called only for a signature that a node has made, never for arbitrary bytes.
    private TimeSpan AgeOf(ReadOnlySpan<byte> bytes) => TimeSpan.FromMilliseconds(
        time.GetUtcNow().ToUnixTimeMilliseconds() - BinaryPrimitives.ReadInt64BigEndian(bytes[^(TrailerBytes - TimeOffset)..]));

    // The hashes get their keys once: that costs more than signing a short message.
    private sealed class KeyedHashes(AccessKeySet keys)
    {
        public AccessKeySet Keys => keys;

        public ObjectPool<IncrementalHash>[] Pools { get; } = [.. keys.BackplaneKeys.Select(key => new DefaultObjectPool<IncrementalHash>(new Policy(key)))];
    }

    private sealed class Policy(byte[] key) : PooledObjectPolicy<IncrementalHash>
    {
        public override IncrementalHash Create() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);

        public override bool Return(IncrementalHash obj) => true;
    }
}
