using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Routing;

namespace Serverless.Gateway.Management;

/// <summary>
/// Lists a group's connections in pages, ordered by id (docs/contract/rest-api.md#members-of-a-group). The continuation token is the last id of the
/// previous page, so that connections which open or close meanwhile do not move others to another page.
/// </summary>
internal sealed class GroupListing(Router router, PublicAddresses addresses)
{
    private const int MaxPageSize = 200;

    // {"value":[{"connectionId":"c","userId":"u"}],"nextLink":"https://…"}
    public async ValueTask<RestResult> ListAsync(RestCall call)
    {
        var query = call.Context.Request.Query;
        if (!TryReadNumber(query["maxpagesize"], MaxPageSize, out var pageSize) || pageSize is null or < 1 or > MaxPageSize)
        {
            return RestError.BadRequest($"'maxpagesize' must be a number from 1 to {MaxPageSize}.", "maxpagesize");
        }

        if (!TryReadNumber(query["top"], null, out var top) || top < 1)
        {
            return RestError.BadRequest("'top' must be a number, 1 or more.", "top");
        }

        string? after = null;
        if (query["continuationToken"] is [{ Length: > 0 } token, ..] && !TryReadToken(token, out after))
        {
            return RestError.BadRequest(
                "'continuationToken' is not valid. Use 'nextLink' unchanged.", "continuationToken");
        }

        var wanted = Math.Min(pageSize.Value, top ?? int.MaxValue);
        var members = (await router.MembersAsync(call.Hub, call.Group!))
            .Where(member => after is null || string.CompareOrdinal(member.ConnectionId, after) > 0)
            .OrderBy(member => member.ConnectionId, StringComparer.Ordinal)
            .Take(wanted + 1)
            .ToList();
        var hasMore = members.Count > wanted && (top is null || top > wanted);
        var page = members.Take(wanted).ToList();
        var body = new ArrayBufferWriter<byte>(1024);
        Write(body, page, hasMore ? NextLink(call.Context, page[^1].ConnectionId, top - wanted) : null);
        return new RestResult(StatusCodes.Status200OK, null) { Body = body.WrittenMemory, ContentType = "application/json" };
    }

    private static void Write(ArrayBufferWriter<byte> body, List<GroupConnection> page, string? nextLink)
    {
        using var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteStartArray("value"u8);
        foreach (var member in page)
        {
            json.WriteStartObject();
            json.WriteString("connectionId"u8, member.ConnectionId);
            if (member.UserId is { } user)
            {
                json.WriteString("userId"u8, user);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (nextLink is not null)
        {
            json.WriteString("nextLink"u8, nextLink);
        }

        json.WriteEndObject();
    }

    // The same request, at the public address, starting after the last item of this page.
    private string NextLink(HttpContext context, string last, int? top)
    {
        var request = context.Request;
        var query = request.Query
            .Where(pair => !IsNamed(pair.Key, "continuationToken") && !IsNamed(pair.Key, "top"))
            .SelectMany(pair => pair.Value, (pair, value) => KeyValuePair.Create(pair.Key, value))
            .Append(KeyValuePair.Create("continuationToken", (string?)Base64Url.EncodeToString(Encoding.UTF8.GetBytes(last))));
        if (top is { } left)
        {
            query = query.Append(KeyValuePair.Create("top", (string?)left.ToString(CultureInfo.InvariantCulture)));
        }

        return QueryHelpers.AddQueryString(addresses.LinkBase(request) + RequestTarget.Of(context).Path, query);
    }

    private static bool IsNamed(string key, string name) => string.Equals(key, name, StringComparison.OrdinalIgnoreCase);

    private static bool TryReadNumber(Microsoft.Extensions.Primitives.StringValues values, int? absent, out int? number)
    {
        number = absent;
        if (values is not [{ Length: > 0 } text, ..])
        {
            return true;
        }

        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var read);
        number = read;
        return isNumber;
    }

    private static bool TryReadToken(string token, out string? after)
    {
        after = null;
        var bytes = new byte[Base64Url.GetMaxDecodedLength(token.Length)];
        if (Base64Url.DecodeFromChars(token, bytes, out _, out var written) != OperationStatus.Done)
        {
            return false;
        }

        after = Encoding.UTF8.GetString(bytes, 0, written);
        return after.Length > 0;
    }
}
