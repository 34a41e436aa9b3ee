using System.Buffers.Binary;

namespace Serverless.Load;

/// <summary>The state of a connection between two reads: its position in a frame, and the number of bytes kept for the next read.</summary>
internal struct FrameState
{
    /// <summary>The payload bytes of the current frame that have not arrived.</summary>
    internal long PayloadLeft;

    /// <summary>The bytes of a hub message whose end has not arrived.</summary>
    internal int RecordBytes;

    /// <summary>The bytes of an incomplete frame header.</summary>
    internal int RawBytes;

    internal readonly int Waiting => RecordBytes + RawBytes;
}

/// <summary>
/// Extracts the hub messages from a server's bytes, in place. A message may share a frame with others, span several fragments, or span
/// several reads; where frame headers lie between its parts, the later parts are moved down.
/// </summary>
/// <remarks>The buffer starts with the kept bytes, first those of the message, then those of the header; the read bytes follow.</remarks>
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

    /// <summary>True when the server has sent a close frame, after which no frame follows.</summary>
    internal bool IsClosed { get; private set; }

    /// <summary>Reads the next complete hub message, without its separator.</summary>
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

    /// <summary>Returns the bytes to keep before the next read, in two parts, and sets the state to match.</summary>
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
