using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>Keeps the latest dead letters in memory: the default without durable storage.</summary>
internal sealed partial class InMemoryDeadLetterStore(ILogger<InMemoryDeadLetterStore> logger, int maxBytes = InMemoryDeadLetterStore.MaxBytes)
    : IDeadLetterStore
{
    /// <summary>The maximum of bytes of bodies and names.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private const int OwnBytes = 512;

    private readonly Lock _gate = new();

    // Under _gate.
    private readonly SortedList<string, DeadLetter> _letters = new(StringComparer.Ordinal);
    private long _bytes;

    public ValueTask AddAsync(DeadLetter letter, CancellationToken cancellation)
    {
        var dropped = 0;
        lock (_gate)
        {
            var id = letter.Id.ToString();
            Remove(id);
            _letters[id] = letter;
            _bytes += BytesOf(letter);
            while (_bytes > maxBytes && _letters.Count > 1)
            {
                // A linear search, but only when the maximum is exceeded.
                Remove(_letters.MinBy(static kept => kept.Value.FailedAt).Key);
                dropped++;
            }
        }

        if (dropped > 0)
        {
            Log.Dropped(logger, dropped, maxBytes);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<DeadLetter>> ListAsync(
        HubName? hub, string? connectionId, DeadLetterId? after, int maxCount, CancellationToken cancellation)
    {
        lock (_gate)
        {
            IReadOnlyList<DeadLetter> found =
            [
                .. _letters
                    .Where(letter => (after is null || string.CompareOrdinal(letter.Key, after.ToString()) > 0)
                        && (hub is null || letter.Value.Hub == hub)
                        && (connectionId is null || letter.Value.ConnectionId == connectionId))
                    .Take(maxCount)
                    .Select(static letter => letter.Value with { Body = default }),
            ];
            return ValueTask.FromResult(found);
        }
    }

    public ValueTask<DeadLetter?> FindAsync(DeadLetterId id, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(_letters.GetValueOrDefault(id.ToString()));
        }
    }

    public ValueTask<bool> DeleteAsync(DeadLetterId id, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(Remove(id.ToString()));
        }
    }

    private static int BytesOf(DeadLetter letter) =>
        letter.Body.Length + OwnBytes
        + (sizeof(char) * (letter.EventName.Length + (letter.Claims?.Length ?? 0) + (letter.UserId?.Length ?? 0) + (letter.ClientQuery?.Length ?? 0)));

    private bool Remove(string id)
    {
        if (!_letters.Remove(id, out var letter))
        {
            return false;
        }

        _bytes -= BytesOf(letter);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Storage + 11,
            LogLevel.Warning,
            "{Letters} of the oldest dead letters were dropped: memory holds {Bytes} bytes of them. Set Gateway:Tables to keep them all.",
            EventName = "DeadLettersDropped")]
        public static partial void Dropped(ILogger logger, int letters, int bytes);
    }
}
