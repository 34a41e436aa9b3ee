using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Serverless.Gateway.Access;
using Serverless.Gateway.Backplane.Signing;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Storage.Redis;

/// <summary>
/// Holds the keys that sign values stored in Redis. They are random and stored there too, encrypted with a key derived from an access key
/// (AES-GCM: <c>nonce (12) | key (32) | tag (16)</c>). Thus memberships of a year stay valid when access keys are replaced, and only these
/// few values are written again.
/// </summary>
/// <remarks>
/// Every key that an access key decrypts is valid. A node that finds none creates one; nodes that do so at the same moment create several,
/// which does no harm. Nodes that know a key write it back if Redis has lost it.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds no resource to dispose.")]
internal sealed class StoreKeys(RedisStore store, StoreNames names, AccessKeys access, RefusedMessages refused, TimeProvider time)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    // Far more than there ever are. It bounds the reading of values that another user of the Redis puts there.
    private const int MaxKeys = 1000;

    // The time for which a key that was not found is not searched for again.
    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<ulong, long> _missing = new();
    private readonly SemaphoreSlim _turn = new(1);
    private volatile Loaded? _loaded;

    /// <summary>Returns the signer, with the access keys now in force.</summary>
    /// <exception cref="StoreUnavailableException">The keys cannot be read from Redis.</exception>
    public ValueTask<StoreSigner> SignerAsync(CancellationToken cancellation) =>
        _loaded is { } loaded && IsCurrent(loaded)
            ? ValueTask.FromResult(loaded.Signer)
            : new ValueTask<StoreSigner>(LoadAgainAsync(cancellation));

    /// <summary>Returns the verifier of values that were read, after reading the keys again if a value names an unknown key.</summary>
    /// <exception cref="StoreUnavailableException">The keys cannot be read from Redis.</exception>
    public async ValueTask<StoreSigner> VerifierAsync(IEnumerable<byte[]> values, CancellationToken cancellation)
    {
        var signer = await SignerAsync(cancellation);
        if (!values.Any(value => IsToLookFor(value, signer)))
        {
            return signer;
        }

        // A key is in Redis before anything is signed with it.
        signer = await LoadAsync(unless: current => !values.Any(value => IsToLookFor(value, current.Signer)), isProbe: false, cancellation);
        if (_missing.Count > MaxKeys)
        {
            _missing.Clear();
        }

        foreach (var value in values.Where(value => IsToLookFor(value, signer)))
        {
            _missing[StoreSigner.KeyOf(value)!.Value] = time.GetTimestamp();
        }

        return signer;
    }

    private bool IsToLookFor(byte[] value, StoreSigner signer) =>
        StoreSigner.KeyOf(value) is { } id && !signer.Keys.ContainsKey(id)
        && !(_missing.TryGetValue(id, out var at) && time.GetElapsedTime(at) < LookPause);

    /// <summary>Counts a value without a valid signature of this deployment.</summary>
    public void Refuse() => refused.Note(SignatureCheck.Forged);

    /// <summary>Writes the signing key, which Redis may have lost, and returns when Redis has stored it.</summary>
    /// <exception cref="StoreUnavailableException">Redis is unreachable, or refuses to be written to.</exception>
    public async ValueTask KeepAsync(CancellationToken cancellation) => await LoadAsync(unless: static _ => false, isProbe: true, cancellation);

    private static string TextOf(ulong id) => id.ToString("x16", CultureInfo.InvariantCulture);

    private async Task<StoreSigner> LoadAgainAsync(CancellationToken cancellation)
    {
        try
        {
            return await LoadAsync(unless: IsCurrent, isProbe: false, cancellation);
        }
        catch (StoreUnavailableException) when (_loaded is { } loaded)
        {
            // In a cluster, the server of the keys may be unreachable while that of the values is not. The next probe writes the key.
            Interlocked.CompareExchange(ref _loaded, loaded with { Access = access.Current, Connections = store.Connections }, loaded);
            return loaded.Signer;
        }
    }

    // A new connection may lead to a Redis that has lost its data.
    private bool IsCurrent(Loaded loaded) => ReferenceEquals(loaded.Access, access.Current) && loaded.Connections == store.Connections;

    private async Task<StoreSigner> LoadAsync(Func<Loaded, bool> unless, bool isProbe, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            if (_loaded is { } before && unless(before))
            {
                return before.Signer;
            }

            var (current, connections) = (access.Current, store.Connections);
            var keys = _loaded is { } known ? new Dictionary<ulong, byte[]>(known.Signer.Keys) : [];
            var written = await ReadAsync(current, keys, cancellation);
            if (keys.Count == 0)
            {
                keys[BinaryPrimitives.ReadUInt64BigEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)))] = RandomNumberGenerator.GetBytes(StoreSigner.KeyBytes);
            }

            // A probe always writes, to detect a Redis that accepts no writes.
            var signing = keys.Keys.Min();
            foreach (var (id, key) in keys.Where(key => (isProbe && key.Key == signing) || !written.Contains(key.Key)))
            {
                await store.WriteAsync(cancellation, Part("HSET"), names.Keys, Part(TextOf(id)), Encrypt(current.StorageKeys[0], TextOf(id), key));
            }

            var signer = new StoreSigner(keys.ToFrozenDictionary(), signing);
            _loaded = new Loaded(current, connections, signer);
            return signer;
        }
        finally
        {
            _turn.Release();
        }
    }

    // Adds the keys that can be decrypted; returns those that the primary access key decrypts.
    private async Task<HashSet<ulong>> ReadAsync(AccessKeySet current, Dictionary<ulong, byte[]> keys, CancellationToken cancellation)
    {
        var ofPrimary = new HashSet<ulong>();
        foreach (var (name, value) in await store.ReadHashAsync(names.Keys, MaxKeys, cancellation))
        {
            if (!ulong.TryParse(name, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var id) || TextOf(id) != name)
            {
                continue;
            }

            for (var i = 0; i < current.StorageKeys.Length; i++)
            {
                if (Decrypt(current.StorageKeys[i], name, value) is { } key)
                {
                    keys[id] = key;
                    _ = i == 0 && ofPrimary.Add(id);
                    break;
                }
            }
        }

        return ofPrimary;
    }

    private byte[] Encrypt(byte[] with, string id, byte[] key)
    {
        var value = new byte[NonceBytes + StoreSigner.KeyBytes + TagBytes];
        RandomNumberGenerator.Fill(value.AsSpan(0, NonceBytes));
        using var cipher = new AesGcm(with, TagBytes);
        cipher.Encrypt(value.AsSpan(0, NonceBytes), key, value.AsSpan(NonceBytes, key.Length), value.AsSpan(NonceBytes + key.Length), PlaceOf(id));
        return value;
    }

    private byte[]? Decrypt(byte[] with, string id, byte[] value)
    {
        if (value.Length != NonceBytes + StoreSigner.KeyBytes + TagBytes)
        {
            return null;
        }

        var key = new byte[StoreSigner.KeyBytes];
        using var cipher = new AesGcm(with, TagBytes);
        try
        {
            cipher.Decrypt(value.AsSpan(0, NonceBytes), value.AsSpan(NonceBytes, key.Length), value.AsSpan(NonceBytes + key.Length), key, PlaceOf(id));
            return key;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private byte[] PlaceOf(string id) => Encoding.UTF8.GetBytes(names.KeyPlace(id));

    /// <param name="Access">The access keys with which the keys are encrypted in Redis.</param>
    /// <param name="Connections">The number of connections to Redis made until then.</param>
    /// <param name="Signer">The keys.</param>
    private sealed record Loaded(AccessKeySet Access, long Connections, StoreSigner Signer);
}
