using System.Buffers;
using System.Buffers.Text;

namespace Serverless.Gateway.Backplane.Redis;

/// <summary>Reads values of the Redis protocol, version 3, from bytes as they come.</summary>
internal static class RespReader
{
    private const int MaxDepth = 8;
    private const int FormatLength = 4;
    private const int MaxLength = 512 * 1024 * 1024;

    /// <summary>Takes one whole value from the front.</summary>
    /// <returns>False, with nothing taken, if it is not whole yet.</returns>
    /// <exception cref="InvalidDataException">The bytes are no Redis protocol.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out RespValue value)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!TryRead(ref reader, MaxDepth, out value))
        {
            return false;
        }

        buffer = buffer.Slice(reader.Position);
        return true;
    }

    private static bool TryRead(ref SequenceReader<byte> reader, int depth, out RespValue value)
    {
        value = RespValue.Null;
        if (depth == 0)
        {
            throw new InvalidDataException("A value is nested too deeply.");
        }

        if (!reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
        {
            return false;
        }

        if (line.IsEmpty)
        {
            throw new InvalidDataException("A value has no marker.");
        }

        var kind = (char)line.FirstSpan[0];
        var rest = line.Slice(1).ToArray();
        switch (kind)
        {
            case '+' or '-' or ':' or ',' or '#' or '(':
                value = RespValue.Simple(kind, rest);
                return true;
            case '_':
                return true;
            case '$' or '!' or '=':
                return TryReadBytes(ref reader, kind, LengthOf(rest), ref value);
            case '*' or '>' or '~':
                return TryReadItems(ref reader, kind, LengthOf(rest), depth, ref value);
            case '%':
                return TryReadItems(ref reader, kind, 2 * LengthOf(rest), depth, ref value);
            default:
                throw new InvalidDataException($"'{kind}' begins no value.");
        }
    }

    private static int LengthOf(byte[] text) =>
        Utf8Parser.TryParse(text, out int length, out var used) && used == text.Length && length is >= -1 and <= MaxLength
            ? length
            : throw new InvalidDataException("A value's length is no number.");

    private static bool TryReadBytes(ref SequenceReader<byte> reader, char kind, int length, ref RespValue value)
    {
        if (length < 0)
        {
            return true;
        }

        if (reader.Remaining < length + 2)
        {
            return false;
        }

        var bytes = GC.AllocateUninitializedArray<byte>(length);
        reader.TryCopyTo(bytes);
        reader.Advance(length + 2);

        // A verbatim text names its format first: "txt:".
        value = RespValue.Simple(kind, kind == '=' && length >= FormatLength ? bytes[FormatLength..] : bytes);
        return true;
    }

    private static bool TryReadItems(ref SequenceReader<byte> reader, char kind, int count, int depth, ref RespValue value)
    {
        if (count < 0)
        {
            return true;
        }

        var items = new List<RespValue>(Math.Min(count, 1024));
        for (var i = 0; i < count; i++)
        {
            if (!TryRead(ref reader, depth - 1, out var item))
            {
                return false;
            }

            items.Add(item);
        }

        value = RespValue.List(kind, items);
        return true;
    }
}
