using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.ObjectPool;
using Serverless.Gateway.Access;

namespace Serverless.Gateway.Backplane.Signing;

/// <summary>The outcome of checking a signature.</summary>
internal enum SignatureCheck
{
    /// <summary>A node of this deployment has written it, for this place, and not too long ago; or unsigned messages are accepted.</summary>
    Good,

    /// <summary>It has no signature.</summary>
    Unsigned,

    /// <summary>It was signed with another key, for another place, or was changed.</summary>
    Forged,

    /// <summary>Its signature is good, but older than a message may be, or from the future.</summary>
    Stale,
}

/// <summary>
/// Signs what nodes write to Redis for each other, and checks what they read, so that another user of the same Redis cannot forge it.
/// The signature follows the content, where versions that know none pass over it:
/// <c>content | 1 (1) | time of signing, unix ms, big-endian (8) | HMAC-SHA256 over these and the place (16 of 32)</c>.
/// </summary>
/// <remarks>
/// The place is the channel, stream or ledger that the content is for, so that it is good nowhere else. The content's first fields name the
/// node that sends it. Keys are derived from both access keys: the primary's signs, either is accepted. Safe for many threads.
/// </remarks>
/// <param name="keys">The access keys in force.</param>
/// <param name="time">The clock; nodes' clocks must agree to <see cref="Skew"/>.</param>
/// <param name="longestWay">How long a published message may be on its way; a frozen node that is not given up yet reads it that late.</param>
/// <param name="acceptsUnsigned">Whether content without a signature is good as well.</param>
internal sealed class BackplaneSigner(AccessKeys keys, TimeProvider time, TimeSpan longestWay, Func<bool> acceptsUnsigned)
{
    /// <summary>Bytes of a signature.</summary>
    public const int TrailerBytes = TimeOffset + sizeof(long) + TagBytes;

    /// <summary>By how much clocks of nodes may differ; far more than connection tokens allow.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    private const byte Version = 1;
    private const int TimeOffset = 1;
    private const int TagBytes = 16;
    private const int ShortPlace = 256;

    private static readonly TimeSpan Old = TimeSpan.FromSeconds(20);

    private volatile KeyedHashes? _hashes;

    /// <summary>How old the signature of a published message may be.</summary>
    public TimeSpan Longest { get; } = longestWay + Skew;

    /// <summary>The keys in force; another object after each change.</summary>
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

    /// <summary>Signs what is in the buffer, whose last <see cref="TrailerBytes"/> are the signature's.</summary>
    public void Sign(Span<byte> bytes, string place)
    {
        var trailer = bytes[^TrailerBytes..];
        trailer[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(trailer[TimeOffset..], time.GetUtcNow().ToUnixTimeMilliseconds());
        var size = Encoding.UTF8.GetMaxByteCount(place.Length);
        var text = size <= ShortPlace ? stackalloc byte[ShortPlace] : new byte[size];
        Compute(Hashes.Pools[0], bytes[..^TagBytes], text[..Encoding.UTF8.GetBytes(place, text)], bytes[^TagBytes..]);
    }

    /// <summary>Signs anew what has waited since it was signed, so that it is not refused as old. Nothing else may read the bytes meanwhile.</summary>
    public void RenewIfOld(Span<byte> bytes, string place)
    {
        if (AgeOf(bytes) is var age && (age > Old || age < TimeSpan.Zero))
        {
            Sign(bytes, place);
        }
    }

    /// <summary>Checks a published message.</summary>
    public SignatureCheck Check(ReadOnlySpan<byte> bytes, int contentLength, ReadOnlySpan<byte> place) => Check(bytes, contentLength, place, Longest);

    /// <summary>Checks a signature.</summary>
    /// <param name="bytes">The content and all that follows it.</param>
    /// <param name="contentLength">Bytes of the content.</param>
    /// <param name="place">What it must be signed for.</param>
    /// <param name="longest">How old the signature may be; null for any age.</param>
    public SignatureCheck Check(ReadOnlySpan<byte> bytes, int contentLength, ReadOnlySpan<byte> place, TimeSpan? longest)
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
                return longest is not { } most || (AgeOf(bytes) is var age && age <= most && age >= -Skew) ? SignatureCheck.Good : SignatureCheck.Stale;
            }
        }

        return SignatureCheck.Forged;
    }

    private static void Compute(ObjectPool<IncrementalHash> pool, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> place, Span<byte> tag)
    {
        // What is signed says itself where it ends, so no two pairs give the same bytes.
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var hash = pool.Get();
        hash.AppendData(signed);
        hash.AppendData(place);
        hash.GetHashAndReset(whole);
        pool.Return(hash);
        whole[..TagBytes].CopyTo(tag);
    }

    // Of a signature that a node has made: no arbitrary bytes come here.
    private TimeSpan AgeOf(ReadOnlySpan<byte> bytes) => TimeSpan.FromMilliseconds(
        time.GetUtcNow().ToUnixTimeMilliseconds() - BinaryPrimitives.ReadInt64BigEndian(bytes[^(TrailerBytes - TimeOffset)..]));

    // Keyed once: to key a hash costs more than to sign a short message.
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
