using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Management;

namespace Serverless.Gateway.Admin.Listing;

/// <summary>
/// <c>/admin/hubs/{hub}/connections</c>, <c>…/users</c> and <c>…/groups</c>: who is here, on all nodes, page by page; and a client's token
/// for trying a hub out.
/// </summary>
internal sealed class HubsEndpoint(NodeListing listing, TokenOperations tokens, IOptions<AccessOptions> options)
{
    private const int LargestPage = 200;
    private const int UsualPage = 50;

    // admin, hubs, {hub}
    private const int HubSegment = 2;

    /// <summary><c>{"total":3,"value":[{"connectionId":…}],"nextLink":…}</c>, by id; <c>?user=</c> and <c>?group=</c> choose.</summary>
    public ValueTask<RestError?> ConnectionsAsync(HttpContext context) => AnswerAsync(
        context,
        ListingKind.Connections,
        static parts => [.. parts.SelectMany(part => part.Connections).OrderBy(one => one.ConnectionId, StringComparer.Ordinal)],
        static one => one.ConnectionId,
        ListingJson.Default.ListingPageListedConnection);

    /// <summary><c>{"value":[{"name":"ann","connections":2}],"nextLink":…}</c>, by name; <c>?prefix=</c> chooses.</summary>
    public ValueTask<RestError?> UsersAsync(HttpContext context) => NamesAsync(context, ListingKind.Users);

    /// <summary>The same of groups.</summary>
    public ValueTask<RestError?> GroupsAsync(HttpContext context) => NamesAsync(context, ListingKind.Groups);

    /// <summary><c>{"token":…}</c>, as the REST API's operation of this name.</summary>
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

    // Of a user or group that is on several nodes, each tells its own.
    private ValueTask<RestError?> NamesAsync(HttpContext context, ListingKind kind) => AnswerAsync(
        context,
        kind,
        static parts =>
        [
            .. parts.SelectMany(part => part.Names)
                .GroupBy(one => one.Name)
                .Select(name => new ListedName(name.Key, name.Sum(one => one.Connections)))
                .OrderBy(one => one.Name, StringComparer.Ordinal),
        ],
        static one => one.Name,
        ListingJson.Default.ListingPageListedName);

    private async ValueTask<RestError?> AnswerAsync<T>(
        HttpContext context,
        ListingKind kind,
        Func<IReadOnlyList<ListingPart>, List<T>> merge,
        Func<T, string> keyOf,
        JsonTypeInfo<ListingPage<T>> json)
    {
        var query = context.Request.Query;
        if (!TryHub(context, out var hub))
        {
            return BadHub();
        }

        var size = UsualPage;
        if (query["maxpagesize"] is [{ } text, ..]
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is < 1 or > LargestPage))
        {
            return RestError.BadRequest($"'maxpagesize' must be a number from 1 to {LargestPage}.", "maxpagesize");
        }

        IReadOnlyList<ListingPart> parts;
        try
        {
            // One more than the page has, to tell whether there is another.
            parts = await listing.ListAllAsync(new ListingQuery(
                kind, hub.Value, size + 1, Text(query, "continuationToken"), Text(query, "user"), Text(query, "group"), Text(query, "prefix")));
        }
        catch (BackplaneUnavailableException exception)
        {
            context.Response.Headers.RetryAfter = "1";
            return new RestError(StatusCodes.Status503ServiceUnavailable, ErrorCodes.Unavailable, $"{exception.Message}. Call again.");
        }

        var all = merge(parts);
        List<T> page = [.. all.Take(size)];

        // A name that is on two nodes would be counted twice.
        int? total = kind == ListingKind.Connections || parts.Count == 1 ? parts.Sum(part => part.Total) : null;
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new ListingPage<T>(total, page, all.Count > size ? NextLinks.After(context, options.Value, keyOf(page[^1])) : null), json);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
        return null;
    }

    private static string? Text(IQueryCollection query, string name) => query[name] is [{ Length: > 0 } text, ..] ? text : null;

    private static bool TryHub(HttpContext context, out HubName hub) =>
        HubName.TryParseJoined(RequestTarget.Of(context).Segments[HubSegment].ToLowerInvariant(), out hub);

    private static RestError BadHub() => RestError.BadRequest($"The hub's name is invalid: {HubName.Rule}", "hub");
}
