namespace Serverless.Gateway.Storage;

/// <summary>Keeps usage in memory, for forty days at most: the default without durable storage.</summary>
internal sealed class InMemoryUsageStore : IUsageStore
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(40);

    private readonly Lock _gate = new();
    private readonly SortedDictionary<DateTimeOffset, Dictionary<(string Hub, string Node), UsageRow>> _hours = [];

    public bool IsShared => false;

    public ValueTask PutAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellation)
    {
        lock (_gate)
        {
            foreach (var row in rows)
            {
                if (!_hours.TryGetValue(row.Hour, out var hour))
                {
                    _hours[row.Hour] = hour = [];
                }

                hour[(row.Hub, row.Node)] = row;
            }

            while (_hours.Count > 0 && _hours.Last().Key - _hours.First().Key > Kept)
            {
                _hours.Remove(_hours.First().Key);
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<UsageRow>> ReadAsync(DateOnly first, DateOnly last, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return ValueTask.FromResult<IReadOnlyList<UsageRow>>(
            [
                .. from hour in _hours
                   let day = DateOnly.FromDateTime(hour.Key.UtcDateTime)
                   where day >= first && day <= last
                   from row in hour.Value.Values
                   select row,
            ]);
        }
    }
}
