using System.Text.Json;

namespace Serverless.Protocol;

/// <summary>Reads a JSON hub message; arguments, results and headers are slices of its raw text.</summary>
internal static class JsonHubMessageReader
{
    /// <summary>Reads a message without its terminator.</summary>
    public static HubMessage Read(ReadOnlySpan<byte> json)
    {
        var message = default(HubMessage);
        var values = default(Values);
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
                typeSeen = true;
                message.Type = ReadType(ref reader);
            }
            else
            {
                ReadProperty(ref reader, json, ref message, ref values);
            }
        }

        // Utf8JsonReader has read the closing brace; anything after it except white space throws here.
        reader.Read();
        if (!typeSeen)
        {
            throw new HubProtocolException("Missing required property 'type'.");
        }

        TakeValue(ref message, in values);
        HubMessageRules.Check(in message);
        return message;
    }

    // 1.0, "1" and numbers beyond 32 bits close the connection as in ASP.NET Core, which has the same texts. Other integers are message types
    // of later versions, and are ignored.
    private static HubMessageType ReadType(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw new HubProtocolException("Expected 'type' to be of type Number.");
        }

        return !reader.TryGetInt32(out var type)
            ? throw new HubProtocolException("Either the JSON value is not in a supported format, or is out of bounds for an Int32.")
            : type is > 0 and <= (int)HubMessageType.Sequence ? (HubMessageType)type
            : HubMessageType.None;
    }

    // Some serializers write every field of their message type. A field of another message type, and a null result beside an error, are
    // ignored.
    private static void TakeValue(ref HubMessage message, in Values values)
    {
        switch (message.Type)
        {
            case HubMessageType.StreamItem:
                message.Value = values.Item;
                message.HasValue = values.HasItem;
                message.HasEmptyFields |= values.HasResult;
                break;
            case HubMessageType.Completion:
                var isAbsent = message.Error is not null && values.Result.SequenceEqual("null"u8);
                message.Value = isAbsent ? default : values.Result;
                message.HasValue = values.HasResult && !isAbsent;
                message.HasEmptyFields |= values.HasItem || isAbsent;
                break;
            case HubMessageType.Ack or HubMessageType.Sequence when !values.HasSequenceId:
                throw new HubProtocolException($"Missing 'sequenceId' in {message.Type} message.");
            default:
                break;
        }
    }

    private static void ReadProperty(
        scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ref HubMessage message, ref Values values)
    {
        if (reader.ValueTextEquals("result"u8))
        {
            values.Result = ReadAny(ref reader, json);
            values.HasResult = true;
            return;
        }

        if (reader.ValueTextEquals("item"u8))
        {
            values.Item = ReadAny(ref reader, json);
            values.HasItem = true;
            return;
        }

        if (reader.ValueTextEquals("invocationId"u8))
        {
            message.InvocationId = NullIfEmpty(ReadString(ref reader, "invocationId"));
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
        else if (reader.ValueTextEquals("error"u8))
        {
            var error = ReadString(ref reader, "error");
            message.Error = NullIfEmpty(error);
            message.HasEmptyFields |= error is { Length: 0 };
        }
        else if (reader.ValueTextEquals("allowReconnect"u8))
        {
            reader.Read();
            message.AllowReconnect = reader.TokenType == JsonTokenType.True;
            reader.Skip();
        }
        else if (reader.ValueTextEquals("sequenceId"u8))
        {
            values.HasSequenceId = ReadSequenceId(ref reader, ref message);
        }
        else
        {
            reader.Read();
            reader.Skip();
        }

        // The field's own value; at the end of a nested value the last token is an end token.
        message.HasEmptyFields |= reader.TokenType == JsonTokenType.Null;
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

    private static bool ReadSequenceId(scoped ref Utf8JsonReader reader, ref HubMessage message)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return false;
        }

        message.SequenceId = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var id)
            ? id
            : throw new HubProtocolException("Expected 'sequenceId' to be an integer.");
        return true;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string? ReadString(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        return reader.TokenType is JsonTokenType.String or JsonTokenType.Null
            ? reader.GetString()
            : throw new HubProtocolException($"Expected '{name}' to be of type String.");
    }

    // An array or an object; empty for null.
    private static ReadOnlySpan<byte> ReadRaw(
        scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json, JsonTokenType wanted, string name)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return default;
        }

        if (reader.TokenType != wanted)
        {
            var kind = wanted == JsonTokenType.StartArray ? "Array" : "Object";
            throw new HubProtocolException($"Expected '{name}' to be of type {kind}.");
        }

        return Slice(ref reader, json);
    }

    private static ReadOnlySpan<byte> ReadAny(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        reader.Read();
        return Slice(ref reader, json);
    }

    private static ReadOnlySpan<byte> Slice(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    // Fields whose meaning depends on the message's type, which may come last.
    private ref struct Values
    {
        public ReadOnlySpan<byte> Result;
        public ReadOnlySpan<byte> Item;
        public bool HasResult;
        public bool HasItem;
        public bool HasSequenceId;
    }
}
