using System.Buffers;
using System.Text.Json;

namespace Serverless.Gateway.Management;

/// <summary>
/// Writes error responses in the service's shape: always <c>x-ms-error-code</c>; the body is an <c>ErrorDetail</c>
/// <c>{"code","message","target"}</c>, plain text for the 400 of version 1, empty for HEAD (docs/contract/rest-api.md#error-answers).
/// </summary>
internal static class ErrorResponses
{
    // The body is never part of a page; quotes in it should be readable.
    private static readonly JsonWriterOptions Relaxed =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteAsync(HttpContext context, RestError error, bool isVersion1)
    {
        var response = context.Response;
        response.StatusCode = error.Status;
        response.Headers["x-ms-error-code"] = error.Code;
        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        if (isVersion1 && error.Status == StatusCodes.Status400BadRequest)
        {
            response.ContentType = "text/plain; charset=utf-8";
            await response.WriteAsync(error.Message, context.RequestAborted);
            return;
        }

        var body = new ArrayBufferWriter<byte>(256);
        WriteDetail(body, error);
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.WrittenCount;
        await response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private static void WriteDetail(ArrayBufferWriter<byte> body, RestError error)
    {
        using var json = new Utf8JsonWriter(body, Relaxed);
        json.WriteStartObject();
        json.WriteString("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        if (error.Target is not null)
        {
            json.WriteString("target"u8, error.Target);
        }

        json.WriteEndObject();
    }
}
