using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Serverless.Protocol.MessagePack;

/// <summary>Writes MessagePack values to a buffer writer, each in its shortest form (msgpack spec.md).</summary>
public readonly ref struct MessagePackWriter(IBufferWriter<byte> output)
{
    private readonly IBufferWriter<byte> _output = output;

    /// <summary>Writes nil.</summary>
    public void WriteNil() => WriteByte(MessagePackCode.Nil);

    /// <summary>Writes true or false.</summary>
    public void WriteBoolean(bool value) => WriteByte(value ? MessagePackCode.True : MessagePackCode.False);

    /// <summary>Writes the header of an array of <paramref name="count"/> values, which follow.</summary>
    public void WriteArrayHeader(int count) =>
        WriteHeader((uint)count, MessagePackCode.FixArray, 16, 0, MessagePackCode.Array16, MessagePackCode.Array32);

    /// <summary>Writes the header of a map of <paramref name="count"/> key-value pairs, which follow.</summary>
    public void WriteMapHeader(int count) =>
        WriteHeader((uint)count, MessagePackCode.FixMap, 16, 0, MessagePackCode.Map16, MessagePackCode.Map32);

    /// <summary>Writes a signed integer.</summary>
    public void WriteInt64(long value)
    {
        if (value >= 0)
        {
            WriteUInt64((ulong)value);
            return;
        }

        var span = _output.GetSpan(9);
        int length;
        switch (value)
        {
            case >= -32:
                span[0] = (byte)value;
                length = 1;
                break;
            case >= sbyte.MinValue:
                span[0] = MessagePackCode.Int8;
                span[1] = (byte)value;
                length = 2;
                break;
            case >= short.MinValue:
                span[0] = MessagePackCode.Int16;
                BinaryPrimitives.WriteInt16BigEndian(span[1..], (short)value);
                length = 3;
                break;
            case >= int.MinValue:
                span[0] = MessagePackCode.Int32;
                BinaryPrimitives.WriteInt32BigEndian(span[1..], (int)value);
                length = 5;
                break;
            default:
                span[0] = MessagePackCode.Int64;
                BinaryPrimitives.WriteInt64BigEndian(span[1..], value);
                length = 9;
                break;
        }

        _output.Advance(length);
    }

    /// <summary>Writes an unsigned integer.</summary>
    public void WriteUInt64(ulong value)
    {
        var span = _output.GetSpan(9);
        int length;
        switch (value)
        {
            case <= MessagePackCode.FixIntMax:
                span[0] = (byte)value;
                length = 1;
                break;
            case <= byte.MaxValue:
                span[0] = MessagePackCode.UInt8;
                span[1] = (byte)value;
                length = 2;
                break;
            case <= ushort.MaxValue:
                span[0] = MessagePackCode.UInt16;
                BinaryPrimitives.WriteUInt16BigEndian(span[1..], (ushort)value);
                length = 3;
                break;
            case <= uint.MaxValue:
                span[0] = MessagePackCode.UInt32;
                BinaryPrimitives.WriteUInt32BigEndian(span[1..], (uint)value);
                length = 5;
                break;
            default:
                span[0] = MessagePackCode.UInt64;
                BinaryPrimitives.WriteUInt64BigEndian(span[1..], value);
                length = 9;
                break;
        }

        _output.Advance(length);
    }

    /// <summary>Writes a 64-bit float.</summary>
    public void WriteDouble(double value)
    {
        var span = _output.GetSpan(9);
        span[0] = MessagePackCode.Float64;
        BinaryPrimitives.WriteDoubleBigEndian(span[1..], value);
        _output.Advance(9);
    }

    /// <summary>Writes a string.</summary>
    public void WriteString(string value)
    {
        WriteStringHeader(Encoding.UTF8.GetByteCount(value));
        Encoding.UTF8.GetBytes(value, _output);
    }

    /// <summary>Writes a string, or nil for null.</summary>
    public void WriteStringOrNil(string? value)
    {
        if (value is null)
        {
            WriteNil();
        }
        else
        {
            WriteString(value);
        }
    }

    /// <summary>Writes a string that is already encoded as UTF-8.</summary>
    public void WriteUtf8String(ReadOnlySpan<byte> utf8)
    {
        WriteStringHeader(utf8.Length);
        _output.Write(utf8);
    }

    /// <summary>Writes a binary value.</summary>
    public void WriteBinary(ReadOnlySpan<byte> value)
    {
        WriteHeader((uint)value.Length, 0, 0, MessagePackCode.Bin8, MessagePackCode.Bin16, MessagePackCode.Bin32);
        _output.Write(value);
    }

    /// <summary>Writes a value that is already encoded as MessagePack.</summary>
    public void WriteRaw(ReadOnlySpan<byte> value) => _output.Write(value);

    private void WriteStringHeader(int byteCount) => WriteHeader(
        (uint)byteCount, MessagePackCode.FixStr, 32, MessagePackCode.Str8, MessagePackCode.Str16, MessagePackCode.Str32);

    // The shortest of: the count inside the first byte (below fixLimit), then 8 bits (where the type has that form), 16, 32.
    private void WriteHeader(uint count, byte fix, uint fixLimit, byte code8, byte code16, byte code32)
    {
        var span = _output.GetSpan(5);
        if (count < fixLimit)
        {
            span[0] = (byte)(fix | count);
            _output.Advance(1);
        }
        else if (count <= byte.MaxValue && code8 != 0)
        {
            span[0] = code8;
            span[1] = (byte)count;
            _output.Advance(2);
        }
        else if (count <= ushort.MaxValue)
        {
            span[0] = code16;
            BinaryPrimitives.WriteUInt16BigEndian(span[1..], (ushort)count);
            _output.Advance(3);
        }
        else
        {
            span[0] = code32;
            BinaryPrimitives.WriteUInt32BigEndian(span[1..], count);
            _output.Advance(5);
        }
    }

    private void WriteByte(byte value)
    {
        _output.GetSpan(1)[0] = value;
        _output.Advance(1);
    }
}
