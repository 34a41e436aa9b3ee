using System.Buffers;
using System.Text;
using System.Text.Json;
using Serverless.Protocol.MessagePack;

namespace Serverless.Protocol;

/// <summary>
/// Copies a message's headers into an upstream request's body, without <c>Authorization</c>, so that a client's token does not reach the
/// app. Names are compared without case. Headers without <c>Authorization</c> are copied unchanged.
/// </summary>
internal static class MessageHeaders
{
    private static ReadOnlySpan<byte> Authorization => "authorization"u8;

    /// <summary>Writes an object that was read as part of a message.</summary>
    public static void WriteJson(IBufferWriter<byte> output, ReadOnlySpan<byte> headers)
    {
        if (!HasAuthorization(headers))
        {
            output.Write(headers);
            return;
        }

        var reader = new Utf8JsonReader(headers);
        reader.Read();
        output.Write("{"u8);
        var isFirst = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var isLeftOut = IsAuthorization(in reader);
            reader.Read();
            reader.Skip();
            if (!isLeftOut)
            {
                output.Write(isFirst ? ""u8 : ","u8);
                output.Write(headers[start..(int)reader.BytesConsumed]);
                isFirst = false;
            }
        }

        output.Write("}"u8);
    }

    /// <summary>Writes a map that was read as part of a message.</summary>
    public static void WriteMessagePack(IBufferWriter<byte> output, ReadOnlySpan<byte> headers)
    {
        var reader = new MessagePackReader(headers);
        var pairs = reader.ReadMapHeader();
        var kept = pairs;
        for (var left = pairs; left > 0; left--)
        {
            kept -= IsAuthorization(reader.ReadStringSpan()) ? 1 : 0;
            reader.Skip();
        }

        var writer = new MessagePackWriter(output);
        if (kept == pairs)
        {
            writer.WriteRaw(headers);
            return;
        }

        writer.WriteMapHeader(kept);
        reader = new MessagePackReader(headers);
        reader.ReadMapHeader();
        for (var left = pairs; left > 0; left--)
        {
            var name = reader.ReadStringSpan();
            var value = reader.ReadRaw();
            if (!IsAuthorization(name))
            {
                writer.WriteUtf8String(name);
                writer.WriteRaw(value);
            }
        }
    }

    private static bool HasAuthorization(ReadOnlySpan<byte> headers)
    {
        var reader = new Utf8JsonReader(headers);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (IsAuthorization(in reader))
            {
                return true;
            }

            reader.Read();
            reader.Skip();
        }

        return false;
    }

    private static bool IsAuthorization(in Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return IsAuthorization(reader.ValueSpan);
        }

        try
        {
            return IsAuthorization(Encoding.UTF8.GetBytes(reader.GetString()!));
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair.
            return false;
        }
    }

    private static bool IsAuthorization(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(name, Authorization);
}
