using System.Buffers.Binary;
using System.Text;

namespace Serverless.Protocol.MessagePack;

/// <summary>
/// Reads MessagePack values one after another from a contiguous buffer, or skips whole values so that a caller can slice raw bytes.
/// Every method throws <see cref="HubProtocolException"/> on truncated or mistyped data and never reads past the end.
/// Source of the format: msgpack specification (github.com/msgpack/msgpack, spec.md).
/// </summary>
public ref partial struct MessagePackReader(ReadOnlySpan<byte> buffer)
{
    /// <summary>The maximum nesting depth of a value; the same as System.Text.Json's default.</summary>
    public const int MaxDepth = 64;

    private readonly ReadOnlySpan<byte> _buffer = buffer;

    /// <summary>Gets the number of bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>Gets a value that indicates whether every byte has been read.</summary>
    public readonly bool IsAtEnd => Position == _buffer.Length;

    /// <summary>Returns the first byte of the next value without consuming it.</summary>
    public readonly byte PeekCode() => Position < _buffer.Length ? _buffer[Position] : throw Truncated();

    /// <summary>Returns the kind of the next value without consuming it.</summary>
    public readonly MessagePackKind PeekKind() => KindOf(PeekCode());

    /// <summary>Reads nil if it is the next value.</summary>
    /// <returns>True when nil was read.</returns>
    public bool TryReadNil()
    {
        if (PeekCode() != MessagePackCode.Nil)
        {
            return false;
        }

        Position++;
        return true;
    }

    /// <summary>Reads the header of an array.</summary>
    /// <returns>The number of elements.</returns>
    public int ReadArrayHeader()
    {
        var code = ReadByte();
        var count = code switch
        {
            >= MessagePackCode.FixArray and <= MessagePackCode.FixArrayMax => (uint)(code & 0x0F),
            MessagePackCode.Array16 => ReadUInt16(),
            MessagePackCode.Array32 => ReadUInt32(),
            _ => throw Mistyped("an array", code),
        };
        return CheckedCount(count, bytesPerElement: 1);
    }

    /// <summary>Reads the header of a map.</summary>
    /// <returns>The number of key-value pairs.</returns>
    public int ReadMapHeader()
    {
        var code = ReadByte();
        var count = code switch
        {
            >= MessagePackCode.FixMap and <= MessagePackCode.FixMapMax => (uint)(code & 0x0F),
            MessagePackCode.Map16 => ReadUInt16(),
            MessagePackCode.Map32 => ReadUInt32(),
            _ => throw Mistyped("a map", code),
        };
        return CheckedCount(count, bytesPerElement: 2);
    }

    /// <summary>Reads an integer of any width that fits 64 signed bits.</summary>
    public long ReadInt64()
    {
        var code = ReadByte();
        return code switch
        {
            <= MessagePackCode.FixIntMax => code,
            >= MessagePackCode.NegativeFixInt => (sbyte)code,
            MessagePackCode.UInt8 => ReadByte(),
            MessagePackCode.UInt16 => ReadUInt16(),
            MessagePackCode.UInt32 => ReadUInt32(),
            MessagePackCode.UInt64 => ReadUInt64() is var value && value <= long.MaxValue
                ? (long)value
                : throw new HubProtocolException("A MessagePack integer is larger than 64 signed bits."),
            MessagePackCode.Int8 => (sbyte)ReadByte(),
            MessagePackCode.Int16 => (short)ReadUInt16(),
            MessagePackCode.Int32 => (int)ReadUInt32(),
            MessagePackCode.Int64 => (long)ReadUInt64(),
            _ => throw Mistyped("an integer", code),
        };
    }

    /// <summary>Reads an unsigned integer of any width, or a non-negative signed one.</summary>
    public ulong ReadUInt64Value()
    {
        if (PeekCode() == MessagePackCode.UInt64)
        {
            Position++;
            return ReadUInt64();
        }

        var value = ReadInt64();
        return value >= 0 ? (ulong)value : throw new HubProtocolException("A MessagePack integer is negative where an unsigned one is expected.");
    }

    /// <summary>Reads a float of 32 or 64 bits.</summary>
    public double ReadDouble()
    {
        var code = ReadByte();
        return code switch
        {
            MessagePackCode.Float32 => BinaryPrimitives.ReadSingleBigEndian(Take(4)),
            MessagePackCode.Float64 => BinaryPrimitives.ReadDoubleBigEndian(Take(8)),
            _ => throw Mistyped("a float", code),
        };
    }

    /// <summary>Reads true or false.</summary>
    public bool ReadBoolean()
    {
        var code = ReadByte();
        return code switch
        {
            MessagePackCode.True => true,
            MessagePackCode.False => false,
            _ => throw Mistyped("a boolean", code),
        };
    }

    /// <summary>Reads a string's UTF-8 bytes.</summary>
    public ReadOnlySpan<byte> ReadStringSpan()
    {
        var code = ReadByte();
        var length = code switch
        {
            >= MessagePackCode.FixStr and <= MessagePackCode.FixStrMax => (uint)(code & 0x1F),
            MessagePackCode.Str8 => ReadByte(),
            MessagePackCode.Str16 => ReadUInt16(),
            MessagePackCode.Str32 => ReadUInt32(),
            _ => throw Mistyped("a string", code),
        };
        return Take(length);
    }

    /// <summary>Reads a string.</summary>
    public string ReadString() => Encoding.UTF8.GetString(ReadStringSpan());

    /// <summary>Reads a string or nil.</summary>
    public string? ReadStringOrNil() => TryReadNil() ? null : ReadString();

    /// <summary>Reads a binary value's bytes.</summary>
    public ReadOnlySpan<byte> ReadBinary()
    {
        var code = ReadByte();
        var length = code switch
        {
            MessagePackCode.Bin8 => ReadByte(),
            MessagePackCode.Bin16 => ReadUInt16(),
            MessagePackCode.Bin32 => ReadUInt32(),
            _ => throw Mistyped("binary data", code),
        };
        return Take(length);
    }

    /// <summary>Reads an extension value.</summary>
    /// <param name="type">The extension's type.</param>
    /// <returns>The extension's bytes.</returns>
    public ReadOnlySpan<byte> ReadExtension(out sbyte type)
    {
        var code = ReadByte();
        var length = code switch
        {
            MessagePackCode.FixExt1 => 1u,
            MessagePackCode.FixExt2 => 2u,
            MessagePackCode.FixExt4 => 4u,
            MessagePackCode.FixExt8 => 8u,
            MessagePackCode.FixExt16 => 16u,
            MessagePackCode.Ext8 => ReadByte(),
            MessagePackCode.Ext16 => ReadUInt16(),
            MessagePackCode.Ext32 => ReadUInt32(),
            _ => throw Mistyped("an extension", code),
        };
        type = (sbyte)ReadByte();
        return Take(length);
    }

    // Each element takes at least this many bytes, so a false count is rejected before a caller loops or allocates by it.
    private readonly int CheckedCount(uint count, uint bytesPerElement) =>
        count <= (uint)(_buffer.Length - Position) / bytesPerElement ? (int)count : throw Truncated();

    private ReadOnlySpan<byte> Take(uint length)
    {
        if (length > (uint)(_buffer.Length - Position))
        {
            throw Truncated();
        }

        var slice = _buffer.Slice(Position, (int)length);
        Position += (int)length;
        return slice;
    }

    private byte ReadByte() => (uint)Position < (uint)_buffer.Length ? _buffer[Position++] : throw Truncated();

    private ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    private uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    private ulong ReadUInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    private static MessagePackKind KindOf(byte code) => code switch
    {
        <= MessagePackCode.FixIntMax or >= MessagePackCode.NegativeFixInt => MessagePackKind.Integer,
        <= MessagePackCode.FixMapMax => MessagePackKind.Map,
        <= MessagePackCode.FixArrayMax => MessagePackKind.Array,
        <= MessagePackCode.FixStrMax => MessagePackKind.String,
        MessagePackCode.Nil => MessagePackKind.Nil,
        MessagePackCode.False or MessagePackCode.True => MessagePackKind.Boolean,
        >= MessagePackCode.Bin8 and <= MessagePackCode.Bin32 => MessagePackKind.Binary,
        >= MessagePackCode.Ext8 and <= MessagePackCode.Ext32 => MessagePackKind.Extension,
        MessagePackCode.Float32 or MessagePackCode.Float64 => MessagePackKind.Float,
        >= MessagePackCode.UInt8 and <= MessagePackCode.Int64 => MessagePackKind.Integer,
        >= MessagePackCode.FixExt1 and <= MessagePackCode.FixExt16 => MessagePackKind.Extension,
        >= MessagePackCode.Str8 and <= MessagePackCode.Str32 => MessagePackKind.String,
        MessagePackCode.Array16 or MessagePackCode.Array32 => MessagePackKind.Array,
        MessagePackCode.Map16 or MessagePackCode.Map32 => MessagePackKind.Map,
        _ => MessagePackKind.Invalid,
    };

    private static HubProtocolException Truncated() => new("MessagePack data ends in the middle of a value.");

    private static HubProtocolException Mistyped(string wanted, byte code) =>
        new($"MessagePack data has a value of type 0x{code:x2} where {wanted} is expected.");
}
