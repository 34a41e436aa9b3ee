using System.Buffers.Binary;
using System.Text;

namespace Serverless.Fuzz.Runs;

/// <summary>Makes inputs from the files of a corpus, with a few changes each, most of them of kinds that often break parsers.</summary>
internal sealed class Mutator(IReadOnlyList<CorpusFile> corpus, Random random)
{
    /// <summary>The maximum size of an input in bytes; the allocation bounds are proportional to it.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int MaxChanges = 5;
    private const int LongestPart = 64;

    // Terminators, quotes, escapes and brackets of every format here, and numbers at the limits of types.
    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "\0", "\r", "\n", "\r\n", "\r\n\r\n", "\t", "\u001b", "\u001e", " ", "\"", "'", "''", "\\", "\\u0000", "\\ud800", "\u007f", "\u0085", "\u2028", "\u202e",
            "{", "}", "[", "]", "(", ")", ",", ":", ";", "=", "&", "?", "#", "/", "//", "../", "%2e%2e%2f", "%2F", "%00", "%", "%zz", "%c0%ae", "+", "*", ".",
            "-", "-0", "-1", "0", "1e400", "2147483647", "2147483648", "4294967296", "9223372036854775808", "18446744073709551616", "99999999999999999999",
            "null", "true", "{}", "[]", "\"\":", " HTTP/1.1\r\n", "Host: a\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n",
            "Upgrade: websocket\r\n", "hub=", "access_token=", "eyJ", "sha256=",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF], [0xF0, 0x9F, 0x99], [0x80], [0x90], [0x91], [0x81], [0xC0], [0xC1],
        [0xC6, 0xFF, 0xFF, 0xFF, 0xFF], [0xDB, 0x7F, 0xFF, 0xFF, 0xFF], [0xDD, 0xFF, 0xFF, 0xFF, 0xFF], [0xDF, 0x7F, 0xFF, 0xFF, 0xFF], [0xC9, 0xFF, 0xFF, 0xFF, 0xFF, 0],
        [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x81, 0xFF], [0x82, 0xFE, 0xFF, 0xFF], [0x89, 0x80, 0, 0, 0, 0], [0x88, 0x82, 0, 0, 0, 0, 3, 0xE8],
    ];

    private static readonly ulong[] Edges = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, long.MaxValue, ulong.MaxValue];

    /// <summary>Makes an input, and returns the name of its file.</summary>
    public byte[] Next(out string origin)
    {
        var file = corpus[random.Next(corpus.Count)];
        origin = file.Name;
        var bytes = file.Bytes;

        // Usually one change, because the first refused change hides the others; sometimes none.
        for (var left = random.Next(8) switch { 0 => 0, < 5 => 1, _ => random.Next(2, MaxChanges + 1) }; left > 0; left--)
        {
            bytes = Change(bytes);
            bytes = bytes.Length > MaxBytes ? bytes[..MaxBytes] : bytes;
        }

        return bytes;
    }

    private byte[] Change(byte[] bytes)
    {
        var (start, end) = Part(bytes);
        return random.Next(12) switch
        {
            0 => With(bytes, copy => copy[start] ^= (byte)(1 << random.Next(8))),
            1 => With(bytes, copy => copy[start] = (byte)random.Next(256)),
            2 or 3 => Put(bytes, start, start, Tokens[random.Next(Tokens.Length)]),
            4 => Put(bytes, start, end, Tokens[random.Next(Tokens.Length)]),
            5 => Put(bytes, start, end, []),
            6 => bytes[..start],
            7 => Put(bytes, end, end, Repeated(bytes[start..end])),
            8 => With(bytes, copy => WriteEdge(copy.AsSpan(start))),
            9 => Splice(bytes, start),
            10 => ReplaceNumber(bytes, start),
            _ => Put(bytes, start, start, bytes.Length == 0 ? [] : Repeated([bytes[start]])),
        };
    }

    private (int Start, int End) Part(byte[] bytes)
    {
        var start = bytes.Length == 0 ? 0 : random.Next(bytes.Length);
        return (start, start + random.Next(Math.Min(LongestPart, bytes.Length - start) + 1));
    }

    // High counts are rare.
    private byte[] Repeated(byte[] part)
    {
        var times = random.Next(8) == 0 ? random.Next(300) : random.Next(1, 5);
        return [.. Enumerable.Repeat(part, times).SelectMany(static one => one)];
    }

    private byte[] Splice(byte[] bytes, int start)
    {
        var other = corpus[random.Next(corpus.Count)].Bytes;
        return [.. bytes[..start], .. other[(other.Length == 0 ? 0 : random.Next(other.Length))..]];
    }

    private byte[] ReplaceNumber(byte[] bytes, int from)
    {
        var first = bytes.AsSpan(from).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (first < 0)
        {
            return bytes;
        }

        first += from;
        var length = bytes.AsSpan(first).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return Put(bytes, first, length < 0 ? bytes.Length : first + length, Encoding.ASCII.GetBytes(Edges[random.Next(Edges.Length)].ToString()));
    }

    private void WriteEdge(Span<byte> at)
    {
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(eight, Edges[random.Next(Edges.Length)]);
        var width = Math.Min(1 << random.Next(4), at.Length);
        eight[^width..].CopyTo(at);
    }

    private static byte[] With(byte[] bytes, Action<byte[]> change)
    {
        var copy = bytes.ToArray();
        if (copy.Length > 0)
        {
            change(copy);
        }

        return copy;
    }

    private static byte[] Put(byte[] bytes, int start, int end, byte[] part) => [.. bytes[..start], .. part, .. bytes[end..]];
}
