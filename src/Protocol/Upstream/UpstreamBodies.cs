using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Serverless.Protocol;

/// <summary>The bodies of connection events. They are JSON for clients of every hub protocol.</summary>
public static class UpstreamBodies
{
    private const int ConnectedType = 10;
    private const int DisconnectedType = 11;

    /// <summary><c>{"type":10}</c></summary>
    public static ReadOnlyMemory<byte> ConnectedBody { get; } = """{"type":10}"""u8.ToArray();

    private static readonly ReadOnlyMemory<byte> DisconnectedCleanly = """{"type":11}"""u8.ToArray();

    /// <summary><c>{"type":11}</c> after a clean close, <c>{"type":11,"error":"…"}</c> otherwise.</summary>
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

    /// <summary>Whether a body is that of a <c>connected</c> event. Property names are matched without case.</summary>
    public static bool TryParseConnected(ReadOnlySpan<byte> body) => TryParse(body, ConnectedType, out _);

    /// <summary>
    /// Whether a body is that of a <c>disconnected</c> event, and why the connection ended, null when it closed cleanly.
    /// Property names are matched without case, as the emulator writes <c>{"Type":11,"Error":"…"}</c>.
    /// </summary>
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
            // InvalidOperationException: a string that is no valid UTF-16 once unescaped.
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
