using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Admin;

/// <summary>Writes the JSON of dead letters in responses of <c>/admin/dead-letters</c>.</summary>
internal static class DeadLetterJson
{
    /// <summary>Answers with the JSON that the delegate writes.</summary>
    public static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
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

    /// <summary>Writes one letter.</summary>
    public static void Write(Utf8JsonWriter json, DeadLetter letter, bool withBody)
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
