using System.Buffers;
using System.Globalization;
using System.Text;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Backplane;

/// <summary>Tests reading replies of Redis, in pieces of every kind, and refusing invalid ones.</summary>
public sealed class RespReaderTests
{
    private const int Mebi = 1024 * 1024;

    [Theory]
    [InlineData("+OK\r\n", "+OK")]
    [InlineData("-ERR no\r\n", "-ERR no")]
    [InlineData(":42\r\n", ":42")]
    [InlineData(":-1\r\n", ":-1")]
    [InlineData("+a\nb\rc\r\n", "+a\nb\rc")]
    [InlineData("+\r\n", "+")]
    [InlineData("$5\r\na\r\nbc\r\n", "$a\r\nbc")]
    [InlineData("$0\r\n\r\n", "$")]
    [InlineData("$-1\r\n", "_")]
    [InlineData("=8\r\ntxt:id=1\r\n", "=id=1")]
    [InlineData("!3\r\nERR\r\n", "!ERR")]
    [InlineData("_\r\n", "_")]
    [InlineData("*0\r\n", "*[]")]
    [InlineData("*2\r\n:1\r\n*1\r\n+x\r\n", "*[:1,*[+x]]")]
    [InlineData("*3\r\n*0\r\n$-1\r\n*-1\r\n", "*[*[],_,_]")]
    [InlineData(">3\r\n+message\r\n$1\r\nc\r\n$2\r\nhi\r\n", ">[+message,$c,$hi]")]
    [InlineData("%1\r\n+a\r\n:1\r\n", "%[+a,:1]")]
    [InlineData("*-1\r\n", "_")]
    public void Values_are_read_however_they_are_cut(string text, string expected)
    {
        // Each pair of cuts, as three reads, and as one read of three segments.
        var bytes = Encoding.ASCII.GetBytes(text + "+next\r\n");
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var second = first; second <= bytes.Length; second++)
            {
                ReadOnlyMemory<byte>[] pieces = [bytes.AsMemory(0, first), bytes.AsMemory(first..second), bytes.AsMemory(second)];
                Assert.Equal([expected, "+next"], Read(pieces.Select(piece => new ReadOnlySequence<byte>(piece))));
                Assert.Equal([expected, "+next"], Read([Segments.Of(pieces)]));
            }
        }
    }

    [Fact]
    public void Values_of_any_shape_are_read_in_pieces_of_any_size()
    {
        var random = new Random(20261128);
        for (var round = 0; round < 100; round++)
        {
            var text = new StringBuilder();
            var expected = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Write(random, text, depth: 0)).ToList();
            var bytes = Encoding.ASCII.GetBytes(text.ToString());
            var pieces = new List<ReadOnlySequence<byte>>();
            for (var at = 0; at < bytes.Length;)
            {
                var length = Math.Min(bytes.Length - at, random.Next(1, random.Next(2, 9000)));
                pieces.Add(new ReadOnlySequence<byte>(bytes, at, length));
                at += length;
            }

            Assert.Equal(expected, Read(pieces));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(1460)]
    [InlineData(65536)]
    public void Each_byte_is_taken_once_and_memory_follows_what_has_come(int pieceBytes)
    {
        // A ledger as one reply, and as one text: no byte is read twice, and the allocation is a small multiple of the bytes.
        foreach (var reply in new[] { Ledger(2 * Mebi), Text(5 * Mebi) })
        {
            var reader = new RespReader(RespLimits.Default);
            RespValue? read = null;
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var at = 0; at < reply.Length; at += pieceBytes)
            {
                var piece = new ReadOnlySequence<byte>(reply, at, Math.Min(pieceBytes, reply.Length - at));
                if (reader.TryRead(ref piece, out var value))
                {
                    read = value;
                }

                Assert.True(piece.IsEmpty);
                var held = GC.GetAllocatedBytesForCurrentThread() - before;
                if (held > (64 * 1024) + (4L * (at + pieceBytes)))
                {
                    Assert.Fail($"After {at + pieceBytes} bytes, {held} were allocated.");
                }
            }

            Assert.NotNull(read);
        }
    }

    [Theory]
    [InlineData("hello\r\n", "begins no value")]
    [InlineData("$x\r\n", "a length")]
    [InlineData("$\r\n", "a length")]
    [InlineData("$5 \r\n", "a length")]
    [InlineData("$-2\r\n", "a length")]
    [InlineData("*99999999999\r\n", "a length")]
    [InlineData("*?\r\n", "a length")]
    [InlineData("\r\n", "without a marker")]
    [InlineData(":1x\r\n", "a number that is not valid")]
    [InlineData(":\r\n", "a number that is not valid")]
    [InlineData("$2\r\nabc\r\n", "longer than announced")]
    [InlineData("$2\r\nab\n", "longer than announced")]
    [InlineData("$100663297\r\n", "a text of 100663297 bytes; the limit is 100663296")]
    [InlineData("*2147483647\r\n", "a reply of more than 134217728 bytes")]
    [InlineData("%2147483647\r\n", "a reply of more than 134217728 bytes")]
    [InlineData("*1000000\r\n*1000000\r\n", "a reply of more than 134217728 bytes")]
    public void What_is_not_a_value_or_is_beyond_a_limit_is_refused_however_it_is_cut(string text, string reason)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        foreach (var size in new[] { 1, 2, 3, bytes.Length })
        {
            var refusal = Assert.Throws<InvalidDataException>(() => Read(bytes.Chunk(size).Select(piece => new ReadOnlySequence<byte>(piece))));
            Assert.StartsWith("Redis sent ", refusal.Message, StringComparison.Ordinal);
            Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    public void A_line_has_a_limit(int pieceBytes)
    {
        static byte[] Line(int length) => Encoding.ASCII.GetBytes('+' + new string('x', length - 1) + "\r\n");
        var limit = RespLimits.Default.LineBytes;
        Assert.Single(Read(Line(limit).Chunk(pieceBytes).Select(piece => new ReadOnlySequence<byte>(piece))));
        Assert.Throws<InvalidDataException>(() => Read(Line(limit + 1).Chunk(pieceBytes).Select(piece => new ReadOnlySequence<byte>(piece))));
        Assert.Throws<InvalidDataException>(() => Read(Line(2 * limit)[..(limit + 3)].Chunk(pieceBytes).Select(piece => new ReadOnlySequence<byte>(piece))));
    }

    [Fact]
    public void Lists_within_lists_have_a_limit()
    {
        static ReadOnlySequence<byte> Nested(int depth) => new(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("*1\r\n", depth)) + ":1\r\n"));
        Assert.Single(Read([Nested(8)]));
        Assert.Throws<InvalidDataException>(() => Read([Nested(9)]));
    }

    [Fact]
    public void A_reply_has_a_limit_of_all_its_bytes_and_the_next_one_its_own()
    {
        var limits = new RespLimits { ReplyBytes = 1000 };
        var within = Encoding.ASCII.GetBytes("*2\r\n$400\r\n" + new string('x', 400) + "\r\n$400\r\n" + new string('x', 400) + "\r\n");
        Assert.Equal(5, Read(Enumerable.Repeat(new ReadOnlySequence<byte>(within), 5), limits).Count);
        var beyond = Encoding.ASCII.GetBytes("*2\r\n$400\r\n" + new string('x', 400) + "\r\n$500\r\n");
        Assert.Throws<InvalidDataException>(() => Read([new ReadOnlySequence<byte>(beyond)], limits));

        // The cost of values in addition to their bytes counts too.
        Assert.Throws<InvalidDataException>(() => Read([new ReadOnlySequence<byte>("*13\r\n"u8.ToArray())], limits));
    }

    [Theory]
    [InlineData("$90000000\r\n")]
    [InlineData("*1000000\r\n")]
    [InlineData("*100000\r\n*100000\r\n*100000\r\n*100000\r\n*100000\r\n")]
    [InlineData("*2\r\n$20000000\r\nabc")]
    public void What_is_only_announced_takes_no_memory(string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        var reader = new RespReader(RespLimits.Default);
        var input = new ReadOnlySequence<byte>(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(reader.TryRead(ref input, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * 1024);
    }

    [Fact]
    public void The_corpus_is_read_or_refused_as_its_names_say()
    {
        var files = Directory.GetFiles(Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Fuzz", "Corpus", "resp"));
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            foreach (var pieceBytes in new[] { 1, 7, 4096 })
            {
                string outcome;
                try
                {
                    var values = Read(bytes.Chunk(pieceBytes).Select(piece => new ReadOnlySequence<byte>(piece)));
                    outcome = values.Count > 0 ? "valid" : "cut";
                }
                catch (InvalidDataException)
                {
                    outcome = "hostile";
                }

                Assert.Equal(Path.GetFileName(file).Split('-')[0] + " " + file, outcome + " " + file);
            }
        }
    }

    private static List<string> Read(IEnumerable<ReadOnlySequence<byte>> pieces, RespLimits? limits = null)
    {
        var reader = new RespReader(limits ?? RespLimits.Default);
        var values = new List<string>();
        foreach (var piece in pieces)
        {
            var rest = piece;
            while (reader.TryRead(ref rest, out var value))
            {
                values.Add(Show(value));
            }

            Assert.True(rest.IsEmpty);
        }

        return values;
    }

    private static string Show(RespValue value) => value.Kind is '*' or '>' or '%' or '~'
        ? $"{value.Kind}[{string.Join(',', value.Items.Select(Show))}]"
        : value.Kind + value.Text;

    // Writes a value, and returns the expected reading.
    private static string Write(Random random, StringBuilder text, int depth)
    {
        switch (random.Next(depth < 4 ? 6 : 4))
        {
            case 0:
                var number = random.NextInt64().ToString(CultureInfo.InvariantCulture);
                text.Append(':').Append(number).Append("\r\n");
                return ":" + number;
            case 1:
                text.Append("_\r\n");
                return "_";
            case 2:
                var line = new string((char)random.Next('a', 'z'), random.Next(300));
                text.Append('+').Append(line).Append("\r\n");
                return "+" + line;
            case 3:
                var bytes = new string('\r', random.Next(3)) + new string('\n', random.Next(12_000));
                text.Append(CultureInfo.InvariantCulture, $"${bytes.Length}\r\n{bytes}\r\n");
                return "$" + bytes;
            default:
                var count = random.Next(random.Next(1, 40));
                text.Append(CultureInfo.InvariantCulture, $"*{count}\r\n");
                return $"*[{string.Join(',', Enumerable.Range(0, count).Select(_ => Write(random, text, depth + 1)).ToList())}]";
        }
    }

    private static byte[] Text(int length) => [.. Encoding.ASCII.GetBytes($"${length}\r\n"), .. new byte[length], .. "\r\n"u8];

    private static byte[] Ledger(int bytes)
    {
        var reply = new ArrayBufferWriter<byte>(bytes);
        var entry = new string('c', 1500);
        var count = bytes / 1550;
        reply.Write(Encoding.ASCII.GetBytes($"*{2 * count}\r\n"));
        for (var i = 0; i < count; i++)
        {
            reply.Write(Encoding.ASCII.GetBytes($"$22\r\nconnection-{i:00000000000}\r\n$1500\r\n{entry}\r\n"));
        }

        return reply.WrittenSpan.ToArray();
    }

    private sealed class Segments : ReadOnlySequenceSegment<byte>
    {
        public static ReadOnlySequence<byte> Of(params ReadOnlyMemory<byte>[] pieces)
        {
            var first = new Segments { Memory = pieces[0] };
            var last = first;
            foreach (var piece in pieces[1..])
            {
                var next = new Segments { Memory = piece, RunningIndex = last.RunningIndex + last.Memory.Length };
                last.Next = next;
                last = next;
            }

            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }
}
