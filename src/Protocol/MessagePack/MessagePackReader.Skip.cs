using System.Buffers.Binary;

namespace Serverless.Protocol.MessagePack;

/// <content>Skips values, which is how the gateway passes over what it forwards.</content>
public ref partial struct MessagePackReader
{
    /// <summary>Skips the next value, nested values included, and returns its raw bytes.</summary>
    public ReadOnlySpan<byte> ReadRaw()
    {
        var start = Position;
        Skip();
        return _buffer[start..Position];
    }

    /// <summary>Skips the next value, nested values included.</summary>
    public void Skip() => Position = SkipValues(_buffer, Position, count: 1, depthLeft: MaxDepth);

    // Returns the position after the values. One loop for all values of a container, because most of them are short: a call for each, or a
    // property that is written for each, costs more than the value itself.
    private static int SkipValues(ReadOnlySpan<byte> buffer, int position, long count, int depthLeft)
    {
        if (depthLeft == 0 && count > 0)
        {
            throw TooDeep();
        }

        for (; count > 0; count--)
        {
            if ((uint)position >= (uint)buffer.Length)
            {
                throw Truncated();
            }

            var code = buffer[position++];
            if (code is <= MessagePackCode.FixIntMax or >= MessagePackCode.NegativeFixInt)
            {
                continue;
            }

            uint bytes;
            if (code >= MessagePackCode.FixStr)
            {
                if (code <= MessagePackCode.FixStrMax)
                {
                    bytes = (uint)(code & 0x1F);
                }
                else if (code >= MessagePackCode.Array16)
                {
                    var elements = ReadLength(buffer, ref position, (code & 1) == 0 ? 2 : 4);
                    position = SkipContainer(buffer, position, code >= MessagePackCode.Map16 ? 2L * elements : elements, depthLeft);
                    continue;
                }
                else
                {
                    bytes = ReadPayloadBytes(buffer, ref position, code);
                }
            }
            else
            {
                position = SkipContainer(buffer, position, code <= MessagePackCode.FixMapMax ? 2 * (code & 0x0F) : code & 0x0F, depthLeft);
                continue;
            }

            if (bytes > (uint)(buffer.Length - position))
            {
                throw Truncated();
            }

            position += (int)bytes;
        }

        return position;
    }

    // A value has at least one byte, so a false count is refused before the loop.
    private static int SkipContainer(ReadOnlySpan<byte> buffer, int position, long count, int depthLeft) =>
        count <= buffer.Length - position ? SkipValues(buffer, position, count, depthLeft - 1) : throw Truncated();

    // The bytes after the code and its length, for the codes from nil to str 32. An extension's type is one of them.
    private static uint ReadPayloadBytes(ReadOnlySpan<byte> buffer, ref int position, byte code) => code switch
    {
        MessagePackCode.Nil or MessagePackCode.False or MessagePackCode.True => 0,
        MessagePackCode.UInt8 or MessagePackCode.Int8 => 1,
        MessagePackCode.UInt16 or MessagePackCode.Int16 or MessagePackCode.FixExt1 => 2,
        MessagePackCode.FixExt2 => 3,
        MessagePackCode.UInt32 or MessagePackCode.Int32 or MessagePackCode.Float32 => 4,
        MessagePackCode.FixExt4 => 5,
        MessagePackCode.UInt64 or MessagePackCode.Int64 or MessagePackCode.Float64 => 8,
        MessagePackCode.FixExt8 => 9,
        MessagePackCode.FixExt16 => 17,
        MessagePackCode.Str8 or MessagePackCode.Bin8 => ReadLength(buffer, ref position, 1),
        MessagePackCode.Str16 or MessagePackCode.Bin16 => ReadLength(buffer, ref position, 2),
        MessagePackCode.Str32 or MessagePackCode.Bin32 => ReadLength(buffer, ref position, 4),
        MessagePackCode.Ext8 => ReadLength(buffer, ref position, 1) + 1,
        MessagePackCode.Ext16 => ReadLength(buffer, ref position, 2) + 1,
        MessagePackCode.Ext32 => ReadLength(buffer, ref position, 4) is < uint.MaxValue and var length ? length + 1 : throw Truncated(),
        _ => throw Mistyped("a value", code),
    };

    private static uint ReadLength(ReadOnlySpan<byte> buffer, ref int position, int width)
    {
        if (width > buffer.Length - position)
        {
            throw Truncated();
        }

        var at = buffer[position..];
        position += width;
        return width switch
        {
            1 => at[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(at),
            _ => BinaryPrimitives.ReadUInt32BigEndian(at),
        };
    }

    private static HubProtocolException TooDeep() => new($"MessagePack data is nested deeper than {MaxDepth} levels.");
}
