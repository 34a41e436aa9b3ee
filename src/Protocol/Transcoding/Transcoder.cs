using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Serverless.Protocol.MessagePack;

namespace Serverless.Protocol;

/// <summary>
/// Converts a raw value from one hub protocol's encoding to the other's, for a message that crosses protocols.
/// JSON integers become MessagePack integers, other numbers 64-bit floats, objects maps with string keys
/// (as the service's emulator does); binary data becomes base64 text, and timestamps ISO 8601 text, in JSON.
/// </summary>
public static class Transcoder
{
    /// <summary>Writes a JSON value as MessagePack.</summary>
    /// <param name="json">The JSON value.</param>
    /// <param name="output">The buffer to write to.</param>
    /// <exception cref="HubProtocolException">The input is not a single JSON value.</exception>
    public static void JsonToMessagePack(ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            var writer = new MessagePackWriter(output);
            WriteValue(ref reader, writer);
            if (reader.Read())
            {
                throw new HubProtocolException("There is more than one JSON value.");
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new HubProtocolException("A value is not valid JSON.", exception);
        }
    }

    /// <summary>Writes a MessagePack value as JSON.</summary>
    /// <param name="messagePack">The MessagePack value.</param>
    /// <param name="output">The buffer to write to.</param>
    /// <exception cref="HubProtocolException">The input is not a single MessagePack value, or has a map key that JSON cannot represent.</exception>
    public static void MessagePackToJson(ReadOnlySpan<byte> messagePack, IBufferWriter<byte> output)
    {
        var reader = new MessagePackReader(messagePack);
        using var writer = new Utf8JsonWriter(output, WriterOptions);
        WriteValue(ref reader, writer, MessagePackReader.MaxDepth);
        if (!reader.IsAtEnd)
        {
            throw new HubProtocolException("There is more than one MessagePack value.");
        }
    }

    // The reader has already checked depth and structure; validation would repeat that work.
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        SkipValidation = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static void WriteValue(ref Utf8JsonReader reader, MessagePackWriter writer)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                writer.WriteNil();
                break;
            case JsonTokenType.True:
            case JsonTokenType.False:
                writer.WriteBoolean(reader.TokenType == JsonTokenType.True);
                break;
            case JsonTokenType.Number:
                WriteNumber(ref reader, writer);
                break;
            case JsonTokenType.String:
                WriteText(ref reader, writer);
                break;
            case JsonTokenType.StartArray:
                writer.WriteArrayHeader(CountElements(reader));
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    WriteValue(ref reader, writer);
                }

                break;
            case JsonTokenType.StartObject:
                writer.WriteMapHeader(CountElements(reader));
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    WriteText(ref reader, writer);
                    reader.Read();
                    WriteValue(ref reader, writer);
                }

                break;
            default:
                throw new HubProtocolException("A JSON value is expected.");
        }
    }

    private static void WriteNumber(ref Utf8JsonReader reader, MessagePackWriter writer)
    {
        if (reader.TryGetInt64(out var signed))
        {
            writer.WriteInt64(signed);
        }
        else if (reader.TryGetUInt64(out var unsigned))
        {
            writer.WriteUInt64(unsigned);
        }
        else
        {
            writer.WriteDouble(reader.GetDouble());
        }
    }

    private static void WriteText(ref Utf8JsonReader reader, MessagePackWriter writer)
    {
        if (!reader.ValueIsEscaped)
        {
            writer.WriteUtf8String(reader.ValueSpan);
            return;
        }

        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            text = UnescapeAnyway(reader.ValueSpan);
        }

        writer.WriteString(text);
    }

    // JSON may escape half of a surrogate pair ("\ud800", as JSON.stringify writes for a truncated emoji), which the JSON reader does not
    // return as a string. JSON receivers get the escape unchanged; in UTF-8 it becomes the replacement character.
    private static string UnescapeAnyway(ReadOnlySpan<byte> escaped)
    {
        var source = Encoding.UTF8.GetString(escaped);
        var text = new StringBuilder(source.Length);
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] != '\\')
            {
                text.Append(source[i]);
                continue;
            }

            i++;
            text.Append(source[i] switch
            {
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => (char)ushort.Parse(source.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                var itself => itself,
            });
            i += source[i] == 'u' ? 4 : 0;
        }

        return text.ToString();
    }

    // Counts the elements of an array or the pairs of an object. The reader is a copy, so the caller's does not move.
    private static int CountElements(Utf8JsonReader reader)
    {
        var end = reader.TokenType == JsonTokenType.StartArray ? JsonTokenType.EndArray : JsonTokenType.EndObject;
        var count = 0;
        while (reader.Read() && reader.TokenType != end)
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                reader.Read();
            }

            reader.Skip();
            count++;
        }

        return count;
    }

    private static void WriteValue(ref MessagePackReader reader, Utf8JsonWriter writer, int depthLeft)
    {
        if (depthLeft == 0)
        {
            throw new HubProtocolException($"MessagePack data is nested deeper than {MessagePackReader.MaxDepth} levels.");
        }

        switch (reader.PeekKind())
        {
            case MessagePackKind.Nil:
                reader.TryReadNil();
                writer.WriteNullValue();
                break;
            case MessagePackKind.Boolean:
                writer.WriteBooleanValue(reader.ReadBoolean());
                break;
            case MessagePackKind.Integer:
                WriteInteger(ref reader, writer);
                break;
            case MessagePackKind.Float:
                WriteFloat(reader.ReadDouble(), writer);
                break;
            case MessagePackKind.String:
                writer.WriteStringValue(reader.ReadStringSpan());
                break;
            case MessagePackKind.Binary:
                writer.WriteBase64StringValue(reader.ReadBinary());
                break;
            case MessagePackKind.Array:
                writer.WriteStartArray();
                for (var left = reader.ReadArrayHeader(); left > 0; left--)
                {
                    WriteValue(ref reader, writer, depthLeft - 1);
                }

                writer.WriteEndArray();
                break;
            case MessagePackKind.Map:
                writer.WriteStartObject();
                for (var left = reader.ReadMapHeader(); left > 0; left--)
                {
                    WriteKey(ref reader, writer);
                    WriteValue(ref reader, writer, depthLeft - 1);
                }

                writer.WriteEndObject();
                break;
            case MessagePackKind.Extension:
                WriteExtension(ref reader, writer);
                break;
            default:
                throw new HubProtocolException("The byte 0xc1 is not a MessagePack value.");
        }
    }

    private static void WriteInteger(ref MessagePackReader reader, Utf8JsonWriter writer)
    {
        if (reader.PeekCode() == MessagePackCode.UInt64)
        {
            writer.WriteNumberValue(reader.ReadUInt64Value());
        }
        else
        {
            writer.WriteNumberValue(reader.ReadInt64());
        }
    }

    // JSON has no NaN or infinity; these names are the named literals that System.Text.Json can read.
    private static void WriteFloat(double value, Utf8JsonWriter writer)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void WriteKey(ref MessagePackReader reader, Utf8JsonWriter writer)
    {
        switch (reader.PeekKind())
        {
            case MessagePackKind.String:
                writer.WritePropertyName(reader.ReadStringSpan());
                break;
            case MessagePackKind.Integer:
                writer.WritePropertyName(reader.PeekCode() == MessagePackCode.UInt64
                    ? reader.ReadUInt64Value().ToString(CultureInfo.InvariantCulture)
                    : reader.ReadInt64().ToString(CultureInfo.InvariantCulture));
                break;
            default:
                throw new HubProtocolException("A map key is neither text nor an integer and cannot be written as JSON.");
        }
    }

    private static void WriteExtension(ref MessagePackReader reader, Utf8JsonWriter writer)
    {
        var data = reader.ReadExtension(out var type);
        if (type == MessagePackTimestamp.ExtensionType && MessagePackTimestamp.TryRead(data, out var time))
        {
            writer.WriteStringValue(time);
        }
        else
        {
            writer.WriteBase64StringValue(data);
        }
    }
}
