namespace Serverless.Gateway.Backplane.Redis.Messaging;

/// <summary>
/// Holds the searches for receivers that have no result yet. A search ends when as many nodes have denied having a receiver as have got the
/// message. Most never end, because a node with a receiver does not answer: there is room for the latest, and a search allocates nothing.
/// Safe for many threads.
/// </summary>
internal sealed class ReceiverSearches
{
    private const int Room = 4096; // a power of two; numbers of other requests count too

    private readonly Lock _gate = new();
    private readonly Search[] _searches = new Search[Room];

    /// <summary>Starts a search with a unique number above 0; the numbers rise by about one.</summary>
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

    /// <summary>Sets the number of nodes that have got the message.</summary>
    /// <returns>True if all of them have denied having a receiver.</returns>
    public bool Expect(long number, long nodes, out ReceiverSearch search) => IsOver(number, nodes, isExpected: true, 0, out search);

    /// <summary>Adds the denial of one node.</summary>
    /// <returns>True if it was the last one.</returns>
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

            // Denials may arrive before their number is known.
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

        // The denials still to come; negative while their number is not known.
        public long Denials;
    }
}
