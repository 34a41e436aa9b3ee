namespace Serverless.Gateway.Backplane.Redis.Messaging;

/// <summary>
/// Searches whose end is not known yet. One ends when as many nodes have denied having a receiver as have got the message. Most never end,
/// as who has one says nothing: there is room for the latest, and nothing is allocated for one. Safe for many threads.
/// </summary>
internal sealed class ReceiverSearches
{
    private const int Room = 4096; // a power of two; numbers that questions of another kind took count too

    private readonly Lock _gate = new();
    private readonly Search[] _searches = new Search[Room];

    /// <summary>Begins one with a number that no other has, above 0; the numbers rise by about one.</summary>
    public void Begin(long number, in ReceiverSearch search)
    {
        lock (_gate)
        {
            _searches[number & (Room - 1)] = new Search
            {
                Number = number,
                What = search with { Target = search.Target with { Excluded = [] } },
            };
        }
    }

    /// <summary>So many nodes have got the message.</summary>
    /// <returns>True if all of them have denied.</returns>
    public bool Expect(long number, long nodes, out ReceiverSearch search) => IsOver(number, nodes, isExpected: true, 0, out search);

    /// <summary>A node denies.</summary>
    /// <returns>True if it was the last.</returns>
    public bool Deny(long number, int reason, out ReceiverSearch search) => IsOver(number, -1, isExpected: false, reason, out search);

    private bool IsOver(long number, long more, bool isExpected, int reason, out ReceiverSearch what)
    {
        lock (_gate)
        {
            ref var search = ref _searches[number & (Room - 1)];
            if (search.Number != number)
            {
                what = default;
                return false;
            }

            // Denials may come before it is known how many there can be.
            search.Denials += more;
            search.IsExpected |= isExpected;
            search.What = search.What with { Reason = Math.Max(search.What.Reason, reason) };
            what = search.What;
            var isOver = search is { IsExpected: true, Denials: 0 };
            if (isOver)
            {
                search = default;
            }

            return isOver;
        }
    }

    private struct Search
    {
        public long Number;
        public ReceiverSearch What;
        public bool IsExpected;

        // Still to come; less than none before they are expected.
        public long Denials;
    }
}
