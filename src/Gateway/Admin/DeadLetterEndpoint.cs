using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Management;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Upstream;

namespace Serverless.Gateway.Admin;

/// <summary><c>/admin/dead-letters</c>: lists events that failed for good, shows, replays and deletes them.</summary>
internal sealed class DeadLetterEndpoint(IDeadLetterStore store, UpstreamDelivery upstream, AccessKeys keys, IOptions<AccessOptions> options)
{
    private const int LargestPage = 200;
    private const int UsualPage = 50;

    // admin, dead-letters, {id}
    private const int IdSegment = 2;

    private const string NotExisted = "Warning.DeadLetter.NotExisted";
    private const string NotTaken = "Error.DeadLetter.NotTaken";

    /// <summary><c>{"value":[…],"nextLink":"…"}</c>, in the order of the events, hub by hub.</summary>
    public async ValueTask<RestError?> ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var (hub, hubError) = HubOf(context);
        if (hubError is not null)
        {
            return hubError;
        }

        var size = UsualPage;
        if (query["maxpagesize"] is [{ } text, ..]
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is < 1 or > LargestPage))
        {
            return RestError.BadRequest($"'maxpagesize' must be a number from 1 to {LargestPage}.", "maxpagesize");
        }

        DeadLetterId? after = null;
        if (query["continuationToken"] is [{ } token, ..])
        {
            if (!DeadLetterId.TryParse(token, out var last))
            {
                return RestError.BadRequest("'continuationToken' is none of this API. Follow 'nextLink' as it is.", "continuationToken");
            }

            after = last;
        }

        var letters = await store.ListAsync(hub, ConnectionOf(context), after, size + 1, context.RequestAborted);
        var page = letters.Take(size).ToList();
        await WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("value"u8);
            foreach (var letter in page)
            {
                Write(json, letter, withBody: false);
            }

            json.WriteEndArray();
            if (letters.Count > size)
            {
                json.WriteString("nextLink"u8, NextLinks.After(context, options.Value, page[^1].Id.ToString()));
            }

            json.WriteEndObject();
        });
        return null;
    }

    /// <summary>One letter with its body in Base64.</summary>
    public async ValueTask<RestError?> GetAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } letter)
        {
            return Missing();
        }

        await WriteAsync(context, json => Write(json, letter, withBody: true));
        return null;
    }

    public async ValueTask<RestError?> DeleteAsync(HttpContext context)
    {
        if (!TryId(context, out var id) || !await store.DeleteAsync(id, context.RequestAborted))
        {
            return Missing();
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return null;
    }

    /// <summary>Sends one letter once more; it is deleted when its upstream has taken it.</summary>
    public async ValueTask<RestError?> ReplayAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } letter)
        {
            return Missing();
        }

        if (await ReplayAsync(letter) is { } failed)
        {
            return new RestError(
                StatusCodes.Status502BadGateway, NotTaken, $"The upstream has not taken the event: {failed.Reason}. The letter is kept.", letter.Id.ToString());
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return null;
    }

    /// <summary>
    /// Replays a hub's letters, or those of one template or connection of it, in the order of their events, and stops at the first that is not
    /// taken: <c>{"replayed":3}</c> or <c>{"replayed":1,"stoppedAt":{…}}</c>.
    /// </summary>
    public async ValueTask<RestError?> ReplayAllAsync(HttpContext context)
    {
        var (hub, hubError) = HubOf(context);
        if (hubError is not null || hub is null)
        {
            return hubError ?? RestError.BadRequest("'hub' is missing. Write whose letters are to be replayed.", "hub");
        }

        int? template = null;
        if (context.Request.Query["template"] is [{ } text, ..])
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return RestError.BadRequest("'template' must be a template's place, from 0.", "template");
            }

            template = number;
        }

        var replayed = 0;
        DeadLetter? failed = null;
        DeadLetterId? after = null;
        IReadOnlyList<DeadLetter> page;
        do
        {
            page = await store.ListAsync(hub, ConnectionOf(context), after, UsualPage, context.RequestAborted);
            foreach (var listed in page.Where(letter => failed is null && (template is null || letter.Template == template)))
            {
                // Who asks no more gets no more done.
                context.RequestAborted.ThrowIfCancellationRequested();
                if (await store.FindAsync(listed.Id, context.RequestAborted) is { } letter)
                {
                    failed = await ReplayAsync(letter);
                    replayed += failed is null ? 1 : 0;
                }
            }

            after = page.Count > 0 ? page[^1].Id : null;
        }
        while (failed is null && page.Count == UsualPage);

        await WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("replayed"u8, replayed);
            if (failed is not null)
            {
                json.WritePropertyName("stoppedAt"u8);
                Write(json, failed, withBody: false);
            }

            json.WriteEndObject();
        });
        return null;
    }

    private static RestError Missing() => RestError.NotFound(NotExisted, "There is no such dead letter; it may have been replayed or deleted.");

    // What has begun is finished, even if nobody waits for it: a letter that was taken must not stay.
    private async ValueTask<DeadLetter?> ReplayAsync(DeadLetter letter)
    {
        var entry = new LedgerEntry(letter.ConnectionId, letter.Hub, letter.UserId, letter.Claims, letter.ClientQuery);
        var failed = await upstream.ReplayAsync(letter, new UpstreamSender(entry, keys));
        if (failed is null)
        {
            await store.DeleteAsync(letter.Id, CancellationToken.None);
        }
        else
        {
            await store.AddAsync(failed, CancellationToken.None);
        }

        return failed;
    }

    private async ValueTask<DeadLetter?> FindAsync(HttpContext context) =>
        TryId(context, out var id) ? await store.FindAsync(id, context.RequestAborted) : null;

    private static bool TryId(HttpContext context, out DeadLetterId id) =>
        DeadLetterId.TryParse(RequestTarget.Of(context).Segments[IdSegment], out id);

    private static string? ConnectionOf(HttpContext context) =>
        context.Request.Query["connection"] is [{ Length: > 0 } connection, ..] ? connection : null;

    private static (HubName? Hub, RestError? Error) HubOf(HttpContext context) =>
        context.Request.Query["hub"] is not [{ Length: > 0 } text, ..] ? (null, null)
        : HubName.TryParseJoined(text.ToLowerInvariant(), out var hub) ? (hub, null)
        : (null, RestError.BadRequest($"The hub's name is invalid: {HubName.Rule}", "hub"));

    private static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private static void Write(Utf8JsonWriter json, DeadLetter letter, bool withBody)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, letter.Id.ToString());
        json.WriteString("eventId"u8, letter.EventId);
        json.WriteString("hub"u8, letter.Hub.Value);
        json.WriteString("connectionId"u8, letter.ConnectionId);
        if (letter.Sequence is { } sequence)
        {
            json.WriteNumber("sequence"u8, sequence);
        }

        json.WriteString("category"u8, letter.Category);
        json.WriteString("event"u8, letter.EventName);
        json.WriteString("time"u8, letter.Time);
        json.WriteNumber("template"u8, letter.Template);
        json.WriteNumber("attempts"u8, letter.Attempts);
        json.WriteString("failedAt"u8, letter.FailedAt);
        json.WriteString("reason"u8, letter.Reason);
        json.WriteNumber("status"u8, letter.Status);
        json.WriteString("contentType"u8, letter.ContentType);
        json.WriteNumber("bodyLength"u8, letter.BodyLength);
        if (withBody)
        {
            json.WriteBase64String("body"u8, letter.Body.Span);
        }

        json.WriteEndObject();
    }
}
