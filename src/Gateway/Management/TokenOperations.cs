using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Protocol;

namespace Serverless.Gateway.Management;

/// <summary>Issues a client token to callers without an access key: <c>:generateToken</c> (docs/contract/rest-api.md#client-tokens).</summary>
internal sealed class TokenOperations(AccessKeys keys, IOptions<AccessOptions> options, TimeProvider time)
{
    private const int DefaultMinutes = 60;

    // A year; a longer lifetime has no use.
    private const int MaxMinutes = 366 * 24 * 60;

    public ValueTask<RestResult> GenerateAsync(RestCall call)
    {
        var query = call.Context.Request.Query;
        var minutes = DefaultMinutes;
        if (query["minutesToExpire"] is [{ Length: > 0 } text, ..] && (!int.TryParse(text, out minutes) || minutes is < 1 or > MaxMinutes))
        {
            return new(RestError.BadRequest($"'minutesToExpire' must be a number of minutes from 1 to {MaxMinutes}.", "minutesToExpire"));
        }

        var userId = query["userId"] is [{ Length: > 0 } user, ..] ? user : null;
        string token;
        try
        {
            token = AccessTokens.Create(
                keys.Current.Texts[0],
                AccessTokens.ClientAudience(AudienceBase(call.Context), call.Hub.Value),
                time.GetUtcNow(),
                TimeSpan.FromMinutes(minutes),
                userId);
        }
        catch (ArgumentException exception)
        {
            return new(RestError.BadRequest(exception.Message, "userId"));
        }

        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("token"u8, token);
            json.WriteEndObject();
        }

        return new(new RestResult(StatusCodes.Status200OK, null) { Body = body.WrittenMemory, ContentType = "application/json" });
    }

    // Without the port, as the SDKs sign (docs/contract/tokens.md#urls-and-audiences), and without an endpoint's path; every version of a node
    // accepts this.
    private string AudienceBase(HttpContext context)
    {
        var uri = options.Value.Endpoints is [{ } first, ..] ? new Uri(first) : new Uri($"{context.Request.Scheme}://{context.Request.Host}");
        return $"{uri.Scheme}://{uri.Host}/";
    }
}
