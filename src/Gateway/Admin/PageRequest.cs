using System.Globalization;
using Serverless.Gateway.Management;

namespace Serverless.Gateway.Admin;

/// <summary>The paging parameters of a request for a list: size, start, order and search.</summary>
/// <param name="Size">The most items of the page.</param>
/// <param name="Order">The order of the items.</param>
/// <param name="OrderText">The order as written in the request; null for the order of the keys.</param>
/// <param name="Token">The continuation token; null for the first page.</param>
/// <param name="After">The last item of the previous page, from the token.</param>
/// <param name="Search">A text that listed items contain; null for all.</param>
internal sealed record PageRequest(int Size, ListOrder Order, string? OrderText, string? Token, SortKey? After, string? Search)
{
    private const int MaxPageSize = 200;
    private const int UsualPage = 50;

    /// <summary>Reads <c>?maxpagesize=50&amp;orderby=user desc&amp;search=ann&amp;continuationToken=…</c>.</summary>
    public static (PageRequest? Page, RestError? Error) Read(IQueryCollection query, IReadOnlyList<string> fields)
    {
        var size = UsualPage;
        if (query["maxpagesize"] is [{ } text, ..]
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is < 1 or > MaxPageSize))
        {
            return (null, RestError.BadRequest($"'maxpagesize' must be a number from 1 to {MaxPageSize}.", "maxpagesize"));
        }

        if (!ListOrder.TryParse(query["orderby"], fields, out var order))
        {
            return (null, RestError.BadRequest(
                $"'orderby' must be one of {string.Join(", ", fields)}, followed by ' desc' for the greatest first.", "orderby"));
        }

        SortKey? after = null;
        var token = Text(query, "continuationToken");
        if (token is not null)
        {
            if (!order.TryToken(token, out var last))
            {
                return (null, BadToken());
            }

            after = last;
        }

        return (new PageRequest(size, order, Text(query, "orderby"), token, after, Text(query, "search")), null);
    }

    public static RestError BadToken() => RestError.BadRequest("'continuationToken' does not belong to this list. Use 'nextLink' unchanged.", "continuationToken");

    public static string? Text(IQueryCollection query, string name) => query[name] is [{ Length: > 0 } text, ..] ? text : null;
}
