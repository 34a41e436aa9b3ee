using System.Buffers.Binary;

namespace Serverless.Load;

/// <summary>What a connection keeps between two reads: how far it is into a frame, and how many bytes wait for the next read.</summary>
internal struct FrameState
{
    /// <summary>Payload bytes of the current frame that have not arrived.</summary>
    internal long PayloadLeft;

    /// <summary>Bytes of a hub message whose end has not arrived.</summary>
    internal int RecordBytes;

    /// <summary>Bytes of a frame header that is not whole.</summary>
    internal int RawBytes;

    internal readonly int Waiting => RecordBytes + RawBytes;
}

/// <summary>
/// Takes the hub messages out of what a server sent, in place. A message may lie in one frame with others, in several fragments, or
/// in several reads; where frame headers lie between its parts, the later parts are moved down.
/// </summary>
/// <remarks>The buffer starts with the bytes that waited, first those of the message, then those of the header, then what was read.</remarks>
internal ref struct FrameReader
{
    private const byte RecordSeparator = 0x1E;
    private const byte Continuation = 0;
    private const byte Text = 1;
    private const byte Binary = 2;
    private const byte Close = 8;

    private readonly Span<byte> _buffer;
    private readonly ref FrameState _state;
    private int _recordStart;
    private int _searched;
    private int _recordEnd;
    private int _read;

    internal FrameReader(Span<byte> buffer, ref FrameState state)
    {
        _buffer = buffer;
        _state = ref state;
        _recordEnd = state.RecordBytes;
        _searched = state.RecordBytes;
        _read = state.RecordBytes;
    }

    /// <summary>The server has sent a close frame; nothing follows it.</summary>
    internal bool IsClosed { get; private set; }

    /// <summary>The next whole hub message, without its separator.</summary>
    internal bool TryRead(out ReadOnlySpan<byte> record)
    {
        while (true)
        {
            var found = _buffer[_searched.._recordEnd].IndexOf(RecordSeparator);
            if (found >= 0)
            {
                record = _buffer.Slice(_recordStart, _searched + found - _recordStart);
                _searched += found + 1;
                _recordStart = _searched;
                return true;
            }

            _searched = _recordEnd;
            if (!TakePayload())
            {
                record = default;
                return false;
            }
        }
    }

    /// <summary>What must stand before the next read, in two parts; the state is set to match.</summary>
    internal void Rest(out ReadOnlySpan<byte> record, out ReadOnlySpan<byte> raw)
    {
        record = _buffer[_recordStart.._recordEnd];
        raw = _buffer[_read..];
        _state.RecordBytes = record.Length;
        _state.RawBytes = raw.Length;
    }

    private bool TakePayload()
    {
        while (_state.PayloadLeft == 0)
        {
            if (!TryReadHeader())
            {
                return false;
            }
        }

        var taken = (int)Math.Min(_state.PayloadLeft, _buffer.Length - _read);
        if (taken == 0)
        {
            return false;
        }

        if (_recordStart == _recordEnd)
        {
            _recordStart = _read;
            _searched = _read;
            _recordEnd = _read;
        }
        else if (_recordEnd != _read)
        {
            _buffer.Slice(_read, taken).CopyTo(_buffer[_recordEnd..]);
        }

        _recordEnd += taken;
        _read += taken;
        _state.PayloadLeft -= taken;
        return true;
    }

    private bool TryReadHeader()
    {
        var rest = _buffer[_read..];
        if (IsClosed || rest.Length < 2)
        {
            return false;
        }

        var opcode = rest[0] & 0x0F;
        var length = (long)(rest[1] & 0x7F);
        if ((rest[1] & 0x80) != 0 || (rest[0] & 0x70) != 0)
        {
            throw new InvalidDataException("The server sent a masked or compressed frame.");
        }

        var headerLength = length switch { 126 => 4, 127 => 10, _ => 2 };
        if (rest.Length < headerLength)
        {
            return false;
        }

        length = headerLength switch
        {
            4 => BinaryPrimitives.ReadUInt16BigEndian(rest[2..]),
            10 => BinaryPrimitives.ReadInt64BigEndian(rest[2..]),
            _ => length,
        };
        switch (opcode)
        {
            case Continuation or Text or Binary:
                _state.PayloadLeft = length;
                _read += headerLength;
                return true;
            case Close:
                IsClosed = true;
                return false;
            default:
                if (rest.Length < headerLength + length)
                {
                    return false;
                }

                _read += headerLength + (int)length;
                return true;
        }
    }
}
