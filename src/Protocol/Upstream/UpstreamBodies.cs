using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Serverless.Protocol;

/// <summary>Creates and reads the bodies of connection events, which are JSON for clients of every hub protocol.</summary>
public static class UpstreamBodies
{
    private const int ConnectedType = 10;
    private const int DisconnectedType = 11;

    /// <summary>Gets the body of a <c>connected</c> event: <c>{"type":10}</c>.</summary>
    public static ReadOnlyMemory<byte> ConnectedBody { get; } = """{"type":10}"""u8.ToArray();

    private static readonly ReadOnlyMemory<byte> DisconnectedCleanly = """{"type":11}"""u8.ToArray();

    /// <summary>
    /// Returns the body of a <c>disconnected</c> event: <c>{"type":11}</c> after a clean close, <c>{"type":11,"error":"…"}</c> otherwise.
    /// </summary>
    /// <param name="error">The reason why the connection ended, or null after a clean close.</param>
    /// <returns>The body.</returns>
    public static ReadOnlyMemory<byte> Disconnected(string? error)
    {
        if (error is null)
        {
            return DisconnectedCleanly;
        }

        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("type", DisconnectedType);
            json.WriteString("error", error);
            json.WriteEndObject();
        }

        return body.WrittenMemory;
    }

    /// <summary>Reads the body of a <c>connected</c> event. Property names are compared without case.</summary>
    /// <param name="body">The body.</param>
    /// <returns>True when the body is that of a <c>connected</c> event.</returns>
    public static bool TryParseConnected(ReadOnlySpan<byte> body) => TryParse(body, ConnectedType, out _);

    /// <summary>
    /// Reads the body of a <c>disconnected</c> event. Property names are compared without case, because the emulator writes
    /// <c>{"Type":11,"Error":"…"}</c>.
    /// </summary>
    /// <param name="body">The body.</param>
    /// <param name="error">The reason why the connection ended, or null if it closed cleanly.</param>
    /// <returns>True when the body is that of a <c>disconnected</c> event.</returns>
    public static bool TryParseDisconnected(ReadOnlySpan<byte> body, out string? error) => TryParse(body, DisconnectedType, out error);

    private static bool TryParse(ReadOnlySpan<byte> body, int expectedType, out string? error)
    {
        error = null;
        var reader = new Utf8JsonReader(body);
        try
        {
            return TryRead(ref reader, expectedType, out error);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-16 once unescaped.
            error = null;
            return false;
        }
    }

    private static bool TryRead(ref Utf8JsonReader reader, int expectedType, out string? error)
    {
        error = null;
        int? type = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            if (string.Equals(name, "type", StringComparison.OrdinalIgnoreCase))
            {
                type = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) ? number : null;
            }
            else if (string.Equals(name, "error", StringComparison.OrdinalIgnoreCase) && reader.TokenType == JsonTokenType.String)
            {
                error = reader.GetString();
            }

            reader.Skip();
        }

        // Reads to the end, so that trailing bytes throw.
        return !reader.Read() && type == expectedType;
    }
}
