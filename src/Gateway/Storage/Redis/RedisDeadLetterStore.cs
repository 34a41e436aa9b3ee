using System.Security.Cryptography;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis.Resp;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Storage.Redis;

/// <summary>
/// Stores the latest dead letters of all nodes in Redis, with maxima of number, size and age. Letters are signed, because a replay sends
/// them to the upstream with the gateway's signature.
/// </summary>
internal sealed partial class RedisDeadLetterStore(
    RedisStore store,
    StoreKeys keys,
    StoreNames names,
    TimeProvider time,
    ILogger<RedisDeadLetterStore> logger,
    long maxBytes = RedisDeadLetterStore.MaxBytes,
    int maxLetters = RedisDeadLetterStore.MaxLetters) : IDeadLetterStore
{
    /// <summary>The maximum of bytes of letters and bodies.</summary>
    public const long MaxBytes = 64 * 1024 * 1024;

    /// <summary>The maximum of letters.</summary>
    public const int MaxLetters = 100_000;

    /// <summary>The maximum age of a letter.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    // A letter without its body may have tens of kilobytes of names, claims and query.
    private const int LettersPerPage = 100;

    // Time and sequence, each followed by a dash. The rest of a row is the connection's id.
    private const int BeforeConnection = 19 + 1 + 10 + 1;

    private ReadOnlyMemory<byte> IdsKey => names.DeadLetters[0];

    private ReadOnlyMemory<byte> LettersKey => names.DeadLetters[2];

    private ReadOnlyMemory<byte> BodiesKey => names.DeadLetters[3];

    public async ValueTask AddAsync(DeadLetter letter, CancellationToken cancellation)
    {
        var id = letter.Id.ToString();
        var signed = (await keys.SignerAsync(cancellation)).Sign(DeadLetterFormat.Encode(letter), names.DeadLetterPlace(id));
        var answer = await store.RunAsync(
            DeadLetterScripts.Add,
            names.DeadLetters,
            cancellation,
            Part(id),
            signed,
            letter.Body,
            RedisStore.Number(letter.FailedAt.ToUnixTimeMilliseconds()),
            RedisStore.Number((time.GetUtcNow() - Kept).ToUnixTimeMilliseconds()),
            RedisStore.Number(maxBytes),
            RedisStore.Number(maxLetters),
            RedisStore.Number((long)Kept.TotalMilliseconds));
        if (answer.Number > 0)
        {
            Log.Dropped(logger, answer.Number, maxLetters, maxBytes);
        }
    }

    public async ValueTask<IReadOnlyList<DeadLetter>> ListAsync(
        HubName? hub, string? connectionId, DeadLetterId? after, int maxCount, CancellationToken cancellation)
    {
        // '.' is the character after the dash that ends a partition.
        var (first, end) = hub is { } of ? ($"[{DeadLetterId.PartitionOf(of)}-", $"({DeadLetterId.PartitionOf(of)}.") : ("-", "+");
        if (after is { } last && (hub is null || string.CompareOrdinal(last.ToString(), first[1..]) > 0))
        {
            first = $"({last}";
        }

        var letters = new List<DeadLetter>();
        while (letters.Count < maxCount)
        {
            var page = await store.ReadAsync(
                cancellation, Part("ZRANGEBYLEX"), IdsKey, Part(first), Part(end), Part("LIMIT"), Part("0"), RedisStore.Number(LettersPerPage));
            var ids = page.Items.Select(static id => id.Text).ToList();
            var wanted = ids.Where(id => connectionId is null || ConnectionOf(id) == connectionId).ToArray();
            letters.AddRange((await ReadAsync(wanted, cancellation)).Select(static read => read.Letter));
            if (ids.Count < LettersPerPage)
            {
                break;
            }

            first = $"({ids[^1]}";
        }

        return letters.Count > maxCount ? letters[..maxCount] : letters;
    }

    public async ValueTask<DeadLetter?> FindAsync(DeadLetterId id, CancellationToken cancellation)
    {
        if (await ReadAsync([id.ToString()], cancellation) is not [var (letter, hash)])
        {
            return null;
        }

        var body = await store.ReadAsync(cancellation, Part("HGET"), BodiesKey, Part(id.ToString()));
        if (CryptographicOperations.FixedTimeEquals(SHA256.HashData(body.Bytes), hash))
        {
            return letter with { Body = body.Bytes };
        }

        if (body.Kind != RespValue.Null.Kind)
        {
            keys.Refuse();
        }

        // Deleted in the meantime, or the signature is wrong.
        return null;
    }

    public async ValueTask<bool> DeleteAsync(DeadLetterId id, CancellationToken cancellation) =>
        (await store.RunAsync(DeadLetterScripts.Remove, names.DeadLetters, cancellation, Part(id.ToString()))).Number > 0;

    private static string? ConnectionOf(string id) =>
        DeadLetterId.TryParse(id, out var parts) && parts.Row.Length > BeforeConnection ? parts.Row[BeforeConnection..] : null;

    // In the order of the ids, without letters that were deleted in the meantime or are not signed.
    private async ValueTask<IReadOnlyList<(DeadLetter Letter, byte[] BodyHash)>> ReadAsync(string[] ids, CancellationToken cancellation)
    {
        if (ids.Length == 0)
        {
            return [];
        }

        var stored = await store.ReadAsync(cancellation, [Part("HMGET"), LettersKey, .. ids.Select(Part)]);
        var found = ids.Zip(stored.Items, static (id, value) => (Id: id, Value: value.Bytes)).Where(static one => one.Value.Length > 0).ToList();
        var signer = await keys.VerifierAsync(found.Select(static one => one.Value), cancellation);
        var letters = new List<(DeadLetter, byte[])>(found.Count);
        foreach (var (id, value) in found)
        {
            if (signer.TryOpen(value, names.DeadLetterPlace(id), out var content) && DeadLetterFormat.Decode(content.Span, out var hash) is { } letter)
            {
                letters.Add((letter, hash));
            }
            else
            {
                keys.Refuse();
            }
        }

        return letters;
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Storage + 16,
            LogLevel.Warning,
            "{Letters} of the oldest dead letters were dropped: Redis keeps {MostLetters} of them and {Bytes} bytes. Set Gateway:Tables to keep them all.",
            EventName = "StoredDeadLettersDropped")]
        public static partial void Dropped(ILogger logger, long letters, int mostLetters, long bytes);
    }
}
