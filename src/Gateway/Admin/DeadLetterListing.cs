using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Management;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Admin;

/// <summary>Lists events whose delivery failed for good, page by page: <c>GET /admin/dead-letters</c>.</summary>
internal sealed class DeadLetterListing(IDeadLetterStore store, PublicAddresses addresses)
{
    // The most letters that are read to be sorted; the store keeps them only in the order of their events.
    private const int MaxSorted = 10_000;
    private const int PageOfStore = 200;

    private const string Hub = "hub";
    private const string Event = "event";
    private const string Reason = "reason";
    private const string Attempts = "attempts";
    private const string FailedAt = "failedAt";

    private static readonly string[] Fields = [Event, Hub, Reason, Attempts, FailedAt];

    /// <summary>
    /// Answers with <c>{"value":[…],"nextLink":"…"}</c>, in the order of the events, hub by hub, or by <c>?orderby=</c>; <c>?hub=</c>,
    /// <c>?connection=</c> and <c>?search=</c> filter.
    /// </summary>
    public async ValueTask<RestError?> HandleAsync(HttpContext context)
    {
        var (hub, hubError) = DeadLetterEndpoint.HubOf(context);
        var (page, error) = PageRequest.Read(context.Request.Query, Fields);
        if (hubError is not null || page is null)
        {
            return hubError ?? error;
        }

        DeadLetterId? after = null;
        if (page.Order.Field is null && page.After is { } last)
        {
            if (!DeadLetterId.TryParse(last.Key, out var id))
            {
                return PageRequest.BadToken();
            }

            after = id;
        }

        // Reads one letter more than the page holds, to see whether another page follows.
        var maxCount = page.Order.Field is null ? page.Size + 1 : MaxSorted + 1;
        var letters = await FindAsync(hub, DeadLetterEndpoint.ConnectionOf(context), page.Search, after, maxCount, context.RequestAborted);
        if (page.Order.Field is not null)
        {
            if (letters.Count > MaxSorted)
            {
                return RestError.BadRequest(
                    $"There are more than {MaxSorted} dead letters to sort. Filter by 'hub', 'connection' or 'search', or omit 'orderby'.", "orderby");
            }

            letters =
            [
                .. letters
                    .Select(letter => (Letter: letter, Key: KeyOf(letter, page.Order.Field)))
                    .Where(one => page.After is not { } before || page.Order.Compare(one.Key, before) > 0)
                    .OrderBy(static one => one.Key, page.Order)
                    .Select(static one => one.Letter),
            ];
        }

        var shown = letters.Take(page.Size).ToList();
        await DeadLetterJson.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("value"u8);
            foreach (var letter in shown)
            {
                DeadLetterJson.Write(json, letter, withBody: false);
            }

            json.WriteEndArray();
            if (letters.Count > shown.Count)
            {
                json.WriteString("nextLink"u8, NextLinks.After(context, addresses, page.Order.Token(KeyOf(shown[^1], page.Order.Field))));
            }

            json.WriteEndObject();
        });
        return null;
    }

    private static SortKey KeyOf(DeadLetter letter, string? field) => field switch
    {
        Event => new(0, letter.EventName, letter.Id.ToString()),
        Hub => new(0, letter.Hub.Value, letter.Id.ToString()),
        Reason => new(0, letter.Reason, letter.Id.ToString()),
        Attempts => new(letter.Attempts, "", letter.Id.ToString()),
        FailedAt => new(letter.FailedAt.UtcTicks, "", letter.Id.ToString()),
        _ => new(0, "", letter.Id.ToString()),
    };

    private async ValueTask<List<DeadLetter>> FindAsync(
        HubName? hub, string? connection, string? search, DeadLetterId? after, int maxCount, CancellationToken cancellation)
    {
        var found = new List<DeadLetter>();
        IReadOnlyList<DeadLetter> page;
        do
        {
            var size = search is null ? Math.Min(PageOfStore, maxCount - found.Count) : PageOfStore;
            page = await store.ListAsync(hub, connection, after, size, cancellation);
            found.AddRange(page.Where(letter => search is null || Contains(letter, search)).Take(maxCount - found.Count));
            after = page.Count == size ? page[^1].Id : null;
        }
        while (after is not null && found.Count < maxCount);

        return found;
    }

    private static bool Contains(DeadLetter letter, string text) =>
        ((string[])[letter.EventName, letter.Hub.Value, letter.Reason, letter.ConnectionId, letter.EventId])
            .Any(one => ShownName.Contains(one, text));
}
