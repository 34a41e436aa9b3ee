using System.Globalization;
using System.Runtime.CompilerServices;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Management;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Delivery;

namespace Serverless.Gateway.Admin;

/// <summary>Shows, replays and deletes events whose delivery failed for good: <c>/admin/dead-letters</c>.</summary>
internal sealed class DeadLetterEndpoint(IDeadLetterStore store, UpstreamDelivery upstream, AccessKeys keys)
{
    private const int PageOfAll = 50;

    // admin, dead-letters, {id}
    private const int IdSegment = 2;

    private const string NotExisted = "Warning.DeadLetter.NotExisted";
    private const string NotTaken = "Error.DeadLetter.NotTaken";

    /// <summary>Answers with one letter, its body in Base64.</summary>
    public async ValueTask<RestError?> GetAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } letter)
        {
            return Missing();
        }

        await DeadLetterJson.WriteAsync(context, json => DeadLetterJson.Write(json, letter, withBody: true));
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

    /// <summary>Deletes the letters of a hub, or of one template or connection of the hub: <c>{"deleted":3}</c>.</summary>
    public async ValueTask<RestError?> DeleteAllAsync(HttpContext context)
    {
        var (chosen, error) = ChosenBy(context, "deleted");
        if (chosen is null)
        {
            return error;
        }

        var deleted = 0;
        await foreach (var letter in AllAsync(chosen, context.RequestAborted))
        {
            deleted += await store.DeleteAsync(letter.Id, context.RequestAborted) ? 1 : 0;
        }

        await DeadLetterJson.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("deleted"u8, deleted);
            json.WriteEndObject();
        });
        return null;
    }

    /// <summary>Sends one letter again, and deletes it when its upstream has accepted it.</summary>
    public async ValueTask<RestError?> ReplayAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } letter)
        {
            return Missing();
        }

        if (await ReplayAsync(letter) is { } failed)
        {
            return new RestError(
                StatusCodes.Status502BadGateway, NotTaken, $"The upstream did not accept the event: {failed.Reason}. The letter is kept.", letter.Id.ToString());
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return null;
    }

    /// <summary>
    /// Replays the letters of a hub, or of one template or connection of the hub, in the order of their events. Stops at the first letter that
    /// its upstream does not accept: <c>{"replayed":3}</c> or <c>{"replayed":1,"stoppedAt":{…}}</c>.
    /// </summary>
    public async ValueTask<RestError?> ReplayAllAsync(HttpContext context)
    {
        var (chosen, error) = ChosenBy(context, "replayed");
        if (chosen is null)
        {
            return error;
        }

        var replayed = 0;
        DeadLetter? failed = null;
        await foreach (var listed in AllAsync(chosen, context.RequestAborted))
        {
            // Stops when the caller has disconnected.
            context.RequestAborted.ThrowIfCancellationRequested();
            if (await store.FindAsync(listed.Id, context.RequestAborted) is { } letter)
            {
                failed = await ReplayAsync(letter);
                if (failed is not null)
                {
                    break;
                }

                replayed++;
            }
        }

        await DeadLetterJson.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("replayed"u8, replayed);
            if (failed is not null)
            {
                json.WritePropertyName("stoppedAt"u8);
                DeadLetterJson.Write(json, failed, withBody: false);
            }

            json.WriteEndObject();
        });
        return null;
    }

    private static RestError Missing() => RestError.NotFound(NotExisted, "The dead letter was not found; it may have been replayed or deleted.");

    // A replay that has begun completes even when the caller has disconnected: an accepted letter must not stay in the store.
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

    private static (Chosen? Chosen, RestError? Error) ChosenBy(HttpContext context, string what)
    {
        var (hub, hubError) = HubOf(context);
        if (hub is not { } name)
        {
            return (null, hubError ?? RestError.BadRequest($"'hub' is missing. Name the hub whose letters are to be {what}.", "hub"));
        }

        int? template = null;
        if (context.Request.Query["template"] is [{ } text, ..])
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return (null, RestError.BadRequest("'template' must be a template's index, from 0.", "template"));
            }

            template = number;
        }

        return (new Chosen(name, ConnectionOf(context), template), null);
    }

    // Reads page by page, in the order of the store.
    private async IAsyncEnumerable<DeadLetter> AllAsync(Chosen chosen, [EnumeratorCancellation] CancellationToken cancellation)
    {
        DeadLetterId? after = null;
        IReadOnlyList<DeadLetter> page;
        do
        {
            page = await store.ListAsync(chosen.Hub, chosen.Connection, after, PageOfAll, cancellation);
            foreach (var letter in page.Where(letter => chosen.Template is null || letter.Template == chosen.Template))
            {
                yield return letter;
            }

            after = page.Count > 0 ? page[^1].Id : null;
        }
        while (page.Count == PageOfAll);
    }

    internal static string? ConnectionOf(HttpContext context) =>
        context.Request.Query["connection"] is [{ Length: > 0 } connection, ..] ? connection : null;

    internal static (HubName? Hub, RestError? Error) HubOf(HttpContext context) =>
        context.Request.Query["hub"] is not [{ Length: > 0 } text, ..] ? (null, null)
        : HubName.TryParseJoined(text.ToLowerInvariant(), out var hub) ? (hub, null)
        : (null, RestError.BadRequest($"The hub's name is invalid: {HubName.Rule}", "hub"));

    // The letters that an operation on many letters applies to.
    private sealed record Chosen(HubName Hub, string? Connection, int? Template);
}
