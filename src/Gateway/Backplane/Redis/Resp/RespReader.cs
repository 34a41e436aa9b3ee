using System.Buffers;
using System.Buffers.Text;

namespace Serverless.Gateway.Backplane.Redis.Resp;

/// <summary>
/// Reads values of the Redis protocol, version 3, from bytes as they arrive. It reads every byte once, so that its time is proportional to the
/// bytes, however they are split. It belongs to one connection, and cannot be used after an exception.
/// </summary>
/// <remarks>
/// It holds the value that is not complete yet, and none of the input. Memory for an announced length is allocated as the bytes arrive: a
/// text's array is never larger than twice the bytes so far and <see cref="FirstBytes"/>, a list's than twice its items and
/// <see cref="FirstItems"/>.
/// </remarks>
internal sealed class RespReader
{
    // HELLO, messages and most other replies fit into the first arrays.
    private const int FirstBytes = 4096;
    private const int FirstItems = 16;
    private const int FormatLength = 4;

    private readonly RespLimits _limits;
    private readonly OpenList[] _lists;
    private int _depth;
    private long _left;

    // A line whose end has not arrived yet.
    private byte[] _line = [];
    private int _lineLength;

    // A text whose end has not arrived yet; null while a line is read.
    private byte[]? _text;
    private char _textKind;
    private int _textLength;
    private int _textRead;

    public RespReader(RespLimits limits)
    {
        _limits = limits;
        _lists = new OpenList[limits.Depth];
        _left = limits.ReplyBytes;
    }

    /// <summary>Reads bytes from the front until a value is complete.</summary>
    /// <returns>False if the value is not complete yet; all bytes have been read then.</returns>
    /// <exception cref="InvalidDataException">The bytes are not the Redis protocol, or the value is beyond a limit.</exception>
    public bool TryRead(ref ReadOnlySequence<byte> buffer, out RespValue value)
    {
        var input = new SequenceReader<byte>(buffer);
        while (_text is null ? TryReadLine(ref input, out var one) : TryReadText(ref input, out one))
        {
            if (one is not null && IsReply(ref one))
            {
                buffer = input.UnreadSequence;
                _left = _limits.ReplyBytes;
                value = one;
                return true;
            }
        }

        buffer = buffer.Slice(buffer.End);
        value = RespValue.Null;
        return false;
    }

    // Adds a value to the open list, and that list, if it is complete, to the one around it.
    private bool IsReply(ref RespValue value)
    {
        while (_depth > 0)
        {
            ref var list = ref _lists[_depth - 1];
            list.Add(value);
            if (!list.IsWhole)
            {
                return false;
            }

            value = list.ToValue();
            list = default;
            _depth--;
        }

        return true;
    }

    // True with null if the line begins a text or a list.
    private bool TryReadLine(ref SequenceReader<byte> input, out RespValue? value)
    {
        value = null;
        while (!input.End)
        {
            var span = input.UnreadSpan;
            var end = span.IndexOf((byte)'\n');
            var length = end < 0 ? span.Length : end + 1;
            if (_lineLength + length > _limits.LineBytes + 2)
            {
                throw Bad($"a line of more than {_limits.LineBytes} bytes");
            }

            if (_lineLength == 0 && end > 0 && span[end - 1] == '\r')
            {
                // The usual case: the bytes contain the whole line.
                value = Begin(span[..(end - 1)]);
                input.Advance(length);
                return true;
            }

            Keep(span[..length]);
            input.Advance(length);
            if (end >= 0 && _lineLength > 1 && _line[_lineLength - 2] == '\r')
            {
                var line = _line.AsSpan(0, _lineLength - 2);
                _lineLength = 0;
                value = Begin(line);
                return true;
            }
        }

        return false;
    }

    private void Keep(ReadOnlySpan<byte> some)
    {
        if (_line.Length < _lineLength + some.Length)
        {
            Array.Resize(ref _line, Math.Max(_lineLength + some.Length, Math.Max(64, 2 * _line.Length)));
        }

        some.CopyTo(_line.AsSpan(_lineLength));
        _lineLength += some.Length;
    }

    // Returns null if the value has more than this line.
    private RespValue? Begin(ReadOnlySpan<byte> line)
    {
        Spend(line.Length);
        if (line.IsEmpty)
        {
            throw Bad("a value without a marker");
        }

        var kind = (char)line[0];
        var rest = line[1..];
        switch (kind)
        {
            case ':' when !Utf8Parser.TryParse(rest, out long _, out var used) || used != rest.Length:
                throw Bad("a number that is not valid");
            case '+' or '-' or ':' or ',' or '#' or '(':
                return RespValue.Simple(kind, rest.ToArray());
            case '_':
                return RespValue.Null;
            case '$' or '!' or '=':
                return BeginText(kind, LengthOf(rest));
            case '*' or '>' or '~':
                return BeginList(kind, LengthOf(rest));
            case '%':
                var pairs = LengthOf(rest);
                return BeginList(kind, pairs < 0 ? pairs : 2 * pairs);
            default:
                throw Bad($"0x{line[0]:x2}, which begins no value");
        }
    }

    private static long LengthOf(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out int length, out var used) && used == text.Length && length >= -1
            ? length
            : throw Bad("a length that is not valid");

    private RespValue? BeginText(char kind, long length)
    {
        if (length < 0)
        {
            return RespValue.Null;
        }

        if (length > _limits.TextBytes)
        {
            throw Bad($"a text of {length} bytes; the limit is {_limits.TextBytes}");
        }

        Spend(length);
        (_text, _textKind, _textLength, _textRead) = ([], kind, (int)length, 0);
        return null;
    }

    private RespValue? BeginList(char kind, long count)
    {
        if (count < 0)
        {
            return RespValue.Null;
        }

        if (_depth == _lists.Length)
        {
            throw Bad($"lists within lists, more than {_lists.Length} deep");
        }

        Spend(count * RespLimits.ValueBytes);
        if (count == 0)
        {
            return RespValue.List(kind, []);
        }

        _lists[_depth++] = new OpenList(kind, (int)count);
        return null;
    }

    private bool TryReadText(ref SequenceReader<byte> input, out RespValue? value)
    {
        value = null;
        while (_textRead < _textLength && !input.End)
        {
            if (_textRead == _text!.Length)
            {
                Grow(input.Remaining);
            }

            var some = input.UnreadSpan;
            some = some[..Math.Min(some.Length, _text.Length - _textRead)];
            some.CopyTo(_text.AsSpan(_textRead));
            _textRead += some.Length;
            input.Advance(some.Length);
        }

        // The line end behind the text is counted as two more bytes of it.
        while (_textRead - _textLength is >= 0 and < 2 and var at && input.TryRead(out var next))
        {
            if (next != "\r\n"u8[at])
            {
                throw Bad("a text that is longer than announced");
            }

            _textRead++;
        }

        if (_textRead < _textLength + 2)
        {
            return false;
        }

        // A verbatim text begins with its format: "txt:".
        value = RespValue.Simple(_textKind, _textKind == '=' && _textLength >= FormatLength ? _text![FormatLength..] : _text!);
        _text = null;
        return true;
    }

    // Makes room for the available bytes, and for at most as many again.
    private void Grow(long available)
    {
        var wanted = Math.Max(FirstBytes, Math.Max(2L * _text!.Length, _textRead + available));
        var larger = GC.AllocateUninitializedArray<byte>((int)Math.Min(wanted, _textLength));
        _text.CopyTo(larger, 0);
        _text = larger;
    }

    private void Spend(long bytes)
    {
        _left -= bytes;
        if (_left < 0)
        {
            throw Bad($"a reply of more than {_limits.ReplyBytes} bytes");
        }
    }

    private static InvalidDataException Bad(string what) => new($"Redis sent {what}.");

    /// <summary>Represents a list whose items have not all arrived yet.</summary>
    private struct OpenList(char kind, int count)
    {
        private RespValue[] _items = new RespValue[Math.Min(count, FirstItems)];
        private int _read;

        public readonly bool IsWhole => _read == count;

        public void Add(RespValue item)
        {
            if (_read == _items.Length)
            {
                Array.Resize(ref _items, (int)Math.Min(2L * _items.Length, count));
            }

            _items[_read++] = item;
        }

        public readonly RespValue ToValue() => RespValue.List(kind, _items);
    }
}
