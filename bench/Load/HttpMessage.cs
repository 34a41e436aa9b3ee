using System.Buffers.Text;
using System.Text;

namespace Serverless.Load;

/// <summary>An HTTP/1.1 message in a buffer: its length, and the parts that the benchmark uses.</summary>
internal ref struct HttpMessage
{
    private const int UntilClose = -1;

    private int _headLength;
    private int _contentLength;
    private bool _isChunked;

    /// <summary>The first line: request or status line.</summary>
    internal ReadOnlySpan<byte> FirstLine { get; private set; }

    /// <summary>The body. Chunks are joined in place, which overwrites the buffer up to the end of the message.</summary>
    internal ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>The length of the message in the buffer.</summary>
    internal int Length { get; private set; }

    /// <summary>True when the message has an upstream signature.</summary>
    internal bool IsSigned { get; private set; }

    /// <summary>The status code of a status line.</summary>
    internal readonly int Status => Utf8Parser.TryParse(FirstLine[9..], out int status, out _) ? status : 0;

    /// <summary>Reads the message at the start of the buffer; returns false, with the buffer unchanged, when it is incomplete.</summary>
    internal static bool TryRead(Span<byte> buffer, out HttpMessage message)
    {
        message = default;
        var headEnd = buffer.IndexOf("\r\n\r\n"u8);
        if (headEnd < 0)
        {
            return false;
        }

        message._headLength = headEnd + 4;
        message.ReadHead(buffer[..(headEnd + 2)]);
        var rest = buffer[message._headLength..];
        if (message._isChunked)
        {
            return message.TryReadChunks(rest);
        }

        if (rest.Length < message._contentLength)
        {
            return false;
        }

        message.Body = rest[..message._contentLength];
        message.Length = message._headLength + message._contentLength;
        return true;
    }

    private void ReadHead(ReadOnlySpan<byte> head)
    {
        var end = head.IndexOf("\r\n"u8);
        FirstLine = head[..end];
        for (head = head[(end + 2)..]; (end = head.IndexOf("\r\n"u8)) > 0; head = head[(end + 2)..])
        {
            var line = head[..end];
            var colon = line.IndexOf((byte)':');
            if (colon <= 0)
            {
                continue;
            }

            var name = line[..colon];
            var value = line[(colon + 1)..].Trim((byte)' ');
            if (Ascii.EqualsIgnoreCase(name, "content-length"u8))
            {
                _contentLength = Utf8Parser.TryParse(value, out int length, out _) ? length : UntilClose;
            }
            else if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
            {
                _isChunked = Ascii.EqualsIgnoreCase(value, "chunked"u8);
            }
            else if (Ascii.EqualsIgnoreCase(name, "x-asrs-signature"u8))
            {
                IsSigned = value.StartsWith("sha256="u8);
            }
        }

        ArgumentOutOfRangeException.ThrowIfNegative(_contentLength);
    }

    private bool TryReadChunks(Span<byte> rest)
    {
        if (!TryMeasureChunks(rest, out var total))
        {
            return false;
        }

        var joined = 0;
        var at = 0;
        while (true)
        {
            ReadChunkSize(rest[at..], out var size, out var start);
            if (size == 0)
            {
                break;
            }

            rest.Slice(at + start, size).CopyTo(rest[joined..]);
            joined += size;
            at += start + size + 2;
        }

        Body = rest[..joined];
        Length = _headLength + total;
        return true;
    }

    private static bool TryMeasureChunks(ReadOnlySpan<byte> rest, out int total)
    {
        total = 0;
        while (ReadChunkSize(rest[total..], out var size, out var start))
        {
            total += start + size + 2;
            if (total > rest.Length)
            {
                return false;
            }

            if (size == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static bool ReadChunkSize(ReadOnlySpan<byte> chunk, out int size, out int start)
    {
        var end = chunk.IndexOf("\r\n"u8);
        start = end + 2;
        size = 0;
        return end > 0 && Utf8Parser.TryParse(chunk[..end], out size, out _, 'x');
    }
}
