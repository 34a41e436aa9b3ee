using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Management;

namespace Serverless.Gateway.Admin.Listing;

/// <summary>
/// Lists the connections, users and groups of a hub on all nodes, page by page: <c>/admin/hubs/{hub}/connections</c>, <c>…/users</c> and
/// <c>…/groups</c>. Also issues a client token for trying out a hub.
/// </summary>
internal sealed class HubsEndpoint(NodeListing listing, TokenOperations tokens, PublicAddresses addresses)
{
    // The most names that one node returns to be summed up and sorted.
    private const int MaxSorted = 5000;

    // admin, hubs, {hub}
    private const int HubSegment = 2;

    /// <summary>
    /// Answers with <c>{"total":3,"value":[{"connectionId":…}],"nextLink":…}</c>, by id or <c>?orderby=</c>; <c>?user=</c>, <c>?group=</c> and
    /// <c>?search=</c> filter.
    /// </summary>
    public ValueTask<RestError?> ConnectionsAsync(HttpContext context) => AnswerAsync(
        context,
        ListingKind.Connections,
        static parts => parts.SelectMany(part => part.Connections),
        ListingOrder.KeyOf,
        ListingJson.Default.ListingPageListedConnection);

    /// <summary>
    /// Answers with <c>{"value":[{"name":"ann","connections":2}],"nextLink":…}</c>, by name or <c>?orderby=</c>; <c>?prefix=</c> and
    /// <c>?search=</c> filter.
    /// </summary>
    public ValueTask<RestError?> UsersAsync(HttpContext context) => NamesAsync(context, ListingKind.Users);

    /// <summary>Answers with the groups, in the same form as the users.</summary>
    public ValueTask<RestError?> GroupsAsync(HttpContext context) => NamesAsync(context, ListingKind.Groups);

    /// <summary>Answers with <c>{"token":…}</c>, as the REST API's operation of the same name.</summary>
    public async ValueTask<RestError?> GenerateTokenAsync(HttpContext context)
    {
        if (!TryHub(context, out var hub))
        {
            return BadHub();
        }

        var result = await tokens.GenerateAsync(new RestCall(context, isVersion1: false) { Hub = hub });
        if (result.Error is null)
        {
            context.Response.ContentType = result.ContentType;
            await context.Response.Body.WriteAsync(result.Body, context.RequestAborted);
        }

        return result.Error;
    }

    // Each node reports its own connections of a user or group; the counts of all nodes are added.
    private ValueTask<RestError?> NamesAsync(HttpContext context, ListingKind kind) => AnswerAsync(
        context,
        kind,
        static parts => parts.SelectMany(part => part.Names)
            .GroupBy(one => one.Name)
            .Select(name => new ListedName(name.Key, name.Sum(one => one.Connections))),
        ListingOrder.KeyOf,
        ListingJson.Default.ListingPageListedName);

    private async ValueTask<RestError?> AnswerAsync<T>(
        HttpContext context,
        ListingKind kind,
        Func<IReadOnlyList<ListingPart>, IEnumerable<T>> merge,
        Func<T, string?, SortKey> keyOf,
        JsonTypeInfo<ListingPage<T>> json)
    {
        var query = context.Request.Query;
        if (!TryHub(context, out var hub))
        {
            return BadHub();
        }

        var (page, error) = PageRequest.Read(query, ListingOrder.FieldsOf(kind));
        if (page is null)
        {
            return error;
        }

        // Each node returns its page and one item more, to see whether another page follows. The connections of one name are spread over the
        // nodes, so no single node knows which names have the most.
        var asked = new ListingQuery(
            kind,
            hub.Value,
            page.Size + 1,
            page.Token,
            User: PageRequest.Text(query, "user"),
            Group: PageRequest.Text(query, "group"),
            Prefix: PageRequest.Text(query, "prefix"),
            OrderBy: page.OrderText,
            Search: page.Search);
        var isSummed = kind != ListingKind.Connections && page.Order.Field is not null;
        IReadOnlyList<ListingPart> parts;
        try
        {
            parts = await listing.ListAllAsync(isSummed ? asked with { Size = MaxSorted + 1, After = null, OrderBy = null } : asked);
        }
        catch (BackplaneUnavailableException exception)
        {
            context.Response.Headers.RetryAfter = "1";
            return new RestError(StatusCodes.Status503ServiceUnavailable, ErrorCodes.Unavailable, $"{exception.Message}. Call again.");
        }

        if (isSummed && parts.Any(static part => part.Names.Count > MaxSorted))
        {
            return RestError.BadRequest($"There are more than {MaxSorted} names to sort. Filter by 'search' or 'prefix', or omit 'orderby'.", "orderby");
        }

        List<T> all =
        [
            .. merge(parts)
                .Select(one => (Item: one, Key: keyOf(one, page.Order.Field)))
                .Where(one => !isSummed || page.After is not { } after || page.Order.Compare(one.Key, after) > 0)
                .OrderBy(static one => one.Key, page.Order)
                .Select(static one => one.Item),
        ];
        List<T> shown = [.. all.Take(page.Size)];

        // Names have no total over several nodes: a name that is on two nodes would be counted twice.
        int? total = kind == ListingKind.Connections || parts.Count == 1 ? parts.Sum(part => part.Total) : null;
        var next = all.Count > shown.Count ? NextLinks.After(context, addresses, page.Order.Token(keyOf(shown[^1], page.Order.Field))) : null;
        var body = JsonSerializer.SerializeToUtf8Bytes(new ListingPage<T>(total, shown, next), json);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
        return null;
    }

    private static bool TryHub(HttpContext context, out HubName hub) =>
        HubName.TryParseJoined(RequestTarget.Of(context).Segments[HubSegment].ToLowerInvariant(), out hub);

    private static RestError BadHub() => RestError.BadRequest($"The hub's name is invalid: {HubName.Rule}", "hub");
}
