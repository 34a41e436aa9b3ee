using System.Text.Json;

namespace Serverless.Protocol;

/// <summary>Reads one JSON hub message, slicing arguments, results and headers out of it as raw text.</summary>
internal static class JsonHubMessageReader
{
    /// <summary>Reads a message without its terminator.</summary>
    public static HubMessage Read(ReadOnlySpan<byte> json)
    {
        var message = default(HubMessage);
        var typeSeen = false;
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new HubProtocolException("A hub message must be a JSON object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                typeSeen = reader.TokenType == JsonTokenType.Number;
                message.Type = typeSeen && reader.TryGetInt32(out var type) && type is > 0 and <= (int)HubMessageType.Sequence
                    ? (HubMessageType)type
                    : HubMessageType.None;
                reader.Skip();
            }
            else
            {
                ReadProperty(ref reader, json, ref message);
            }
        }

        // Utf8JsonReader has seen the closing brace; anything behind it but white space throws here.
        reader.Read();
        if (!typeSeen)
        {
            throw new HubProtocolException("Missing required property 'type'.");
        }

        HubMessageRules.Check(in message);
        return message;
    }

    private static void ReadProperty(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ref HubMessage message)
    {
        if (reader.ValueTextEquals("invocationId"u8))
        {
            var id = ReadString(ref reader, "invocationId");
            message.InvocationId = string.IsNullOrEmpty(id) ? null : id;
        }
        else if (reader.ValueTextEquals("target"u8))
        {
            message.Target = ReadString(ref reader, "target");
        }
        else if (reader.ValueTextEquals("arguments"u8))
        {
            message.Arguments = ReadRaw(ref reader, json, JsonTokenType.StartArray, "arguments");
        }
        else if (reader.ValueTextEquals("streamIds"u8))
        {
            message.StreamIds = ReadRaw(ref reader, json, JsonTokenType.StartArray, "streamIds");
            message.HasStreamIds = message.StreamIds.IndexOf((byte)'"') >= 0;
        }
        else if (reader.ValueTextEquals("headers"u8))
        {
            message.Headers = ReadRaw(ref reader, json, JsonTokenType.StartObject, "headers");
            CheckHeaders(message.Headers);
        }
        else if (reader.ValueTextEquals("result"u8) || reader.ValueTextEquals("item"u8))
        {
            message.Value = ReadRaw(ref reader, json, JsonTokenType.None, "result");
            message.HasValue = true;
        }
        else if (reader.ValueTextEquals("error"u8))
        {
            message.Error = ReadString(ref reader, "error");
        }
        else if (reader.ValueTextEquals("allowReconnect"u8))
        {
            reader.Read();
            message.AllowReconnect = reader.TokenType == JsonTokenType.True;
            reader.Skip();
        }
        else if (reader.ValueTextEquals("sequenceId"u8))
        {
            reader.Read();
            message.SequenceId = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var id)
                ? id
                : throw new HubProtocolException("Expected 'sequenceId' to be an integer.");
        }
        else
        {
            reader.Read();
            reader.Skip();
        }
    }

    private static void CheckHeaders(ReadOnlySpan<byte> headers)
    {
        if (headers.Length <= HubMessageLimits.HeaderNameBytes)
        {
            return;
        }

        var count = 0;
        var reader = new Utf8JsonReader(headers);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var nameBytes = reader.ValueSpan.Length;
            reader.Read();
            var start = reader.TokenStartIndex;
            reader.Skip();
            HubMessageRules.CheckHeader(++count, nameBytes, (int)(reader.BytesConsumed - start));
        }
    }

    private static string? ReadString(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        return reader.TokenType is JsonTokenType.String or JsonTokenType.Null
            ? reader.GetString()
            : throw new HubProtocolException($"Expected '{name}' to be of type String.");
    }

    private static ReadOnlySpan<byte> ReadRaw(
        scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json, JsonTokenType wanted, string name)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null && wanted != JsonTokenType.None)
        {
            return default;
        }

        if (wanted != JsonTokenType.None && reader.TokenType != wanted)
        {
            var kind = wanted == JsonTokenType.StartArray ? "Array" : "Object";
            throw new HubProtocolException($"Expected '{name}' to be of type {kind}.");
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }
}
