using Microsoft.AspNetCore.WebUtilities;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Admin;

/// <summary>Builds the address of the next page.</summary>
internal static class NextLinks
{
    /// <param name="context">The request for this page.</param>
    /// <param name="addresses">The gateway's public addresses.</param>
    /// <param name="last">The last key of this page.</param>
    public static string After(HttpContext context, PublicAddresses addresses, string last)
    {
        var request = context.Request;
        var query = request.Query
            .Where(pair => !string.Equals(pair.Key, "continuationToken", StringComparison.OrdinalIgnoreCase))
            .SelectMany(pair => pair.Value, (pair, value) => KeyValuePair.Create(pair.Key, value))
            .Append(KeyValuePair.Create("continuationToken", (string?)last));
        return QueryHelpers.AddQueryString(addresses.LinkBase(request) + RequestTarget.Of(context).Path, query);
    }
}
