using System.Buffers.Binary;
using System.Text;

namespace Serverless.Load.Tests;

/// <summary>The load generator must read each hub message once, however the server splits its bytes.</summary>
public sealed class FrameReaderTests
{
    private const byte Text = 1;
    private const byte Continuation = 0;
    private const byte Ping = 9;
    private const byte Final = 0x80;

    public static TheoryData<string, byte[], string[]> Streams => new()
    {
        { "one message in one frame", Frame(Final | Text, "{a}\u001e"), ["{a}"] },
        { "two messages in one frame", Frame(Final | Text, "{a}\u001e{b}\u001e"), ["{a}", "{b}"] },
        { "two frames", [.. Frame(Final | Text, "{a}\u001e"), .. Frame(Final | Text, "{b}\u001e")], ["{a}", "{b}"] },
        { "fragments", [.. Frame(Text, "{a"), .. Frame(Continuation, "bc"), .. Frame(Final | Continuation, "}\u001e")], ["{abc}"] },
        {
            "a ping between fragments",
            [.. Frame(Text, "{a"), .. Frame(Final | Ping, "are you there"), .. Frame(Final | Continuation, "}\u001e{b}\u001e")],
            ["{a}", "{b}"]
        },
        { "a message over two WebSocket messages", [.. Frame(Final | Text, "{a"), .. Frame(Final | Text, "}\u001e")], ["{a}"] },
        { "an empty frame", [.. Frame(Text, ""), .. Frame(Final | Continuation, "{a}\u001e")], ["{a}"] },
        { "a length in two bytes", Frame(Final | Text, Long(200) + "\u001e{b}\u001e"), [Long(200), "{b}"] },
        { "a length in eight bytes", Frame(Final | Text, Long(70_000) + "\u001e"), [Long(70_000)] },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void Messages_are_found_wherever_the_stream_is_cut(string what, byte[] stream, string[] expected)
    {
        var step = stream.Length > 1000 ? 997 : 1;
        for (var cut = 0; cut <= stream.Length; cut += step)
        {
            Assert.True(expected.SequenceEqual(Read(stream[..cut], stream[cut..])), $"{what}, cut at {cut}");
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Messages_are_found_when_bytes_come_one_by_one(string what, byte[] stream, string[] expected)
    {
        if (stream.Length < 1000)
        {
            Assert.True(expected.SequenceEqual(Read([.. stream.Select(one => new[] { one })])), what);
        }
    }

    [Fact]
    public void A_close_frame_ends_the_stream()
    {
        var state = default(FrameState);
        byte[] stream = [.. Frame(Final | Text, "{a}\u001e"), 0x88, 0x02, 0x03, 0xE8];
        var reader = new FrameReader(stream, ref state);

        Assert.True(reader.TryRead(out _));
        Assert.False(reader.IsClosed);
        Assert.False(reader.TryRead(out _));
        Assert.True(reader.IsClosed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void What_a_client_writes_is_masked_and_unmasks_to_the_payload(int length)
    {
        var payload = new byte[length];
        new Random(length + 1).NextBytes(payload);
        var frame = new byte[FrameWriter.SizeFor(length)];
        var written = FrameWriter.WriteText(payload, frame);

        var (head, size) = (frame[1] & 0x7F) switch
        {
            126 => (4, BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(2))),
            127 => (10, BinaryPrimitives.ReadInt64BigEndian(frame.AsSpan(2))),
            var small => (2, small),
        };
        var mask = frame[head..(head + 4)];
        var unmasked = frame[(head + 4)..written].Select((one, at) => (byte)(one ^ mask[at % 4])).ToArray();
        Assert.Equal(0x81, frame[0]);
        Assert.Equal(0x80, frame[1] & 0x80);
        Assert.Equal(length, size);
        Assert.Equal(payload, unmasked);
    }

    private static List<string> Read(params byte[][] reads)
    {
        var state = default(FrameState);
        var waiting = Array.Empty<byte>();
        var records = new List<string>();
        foreach (var read in reads)
        {
            var reader = new FrameReader([.. waiting, .. read], ref state);
            while (reader.TryRead(out var record))
            {
                records.Add(Encoding.UTF8.GetString(record));
            }

            reader.Rest(out var waitingRecord, out var waitingRaw);
            waiting = [.. waitingRecord, .. waitingRaw];
            Assert.Equal(waiting.Length, state.Waiting);
        }

        Assert.Empty(waiting);
        Assert.Equal(0, state.PayloadLeft);
        return records;
    }

    private static byte[] Frame(int first, string payload)
    {
        var bytes = Encoding.UTF8.GetBytes(payload);
        byte[] length = bytes.Length switch
        {
            < 126 => [(byte)bytes.Length],
            < 65_536 => [126, (byte)(bytes.Length >> 8), (byte)bytes.Length],
            _ => [127, 0, 0, 0, 0, (byte)(bytes.Length >> 24), (byte)(bytes.Length >> 16), (byte)(bytes.Length >> 8), (byte)bytes.Length],
        };
        return [(byte)first, .. length, .. bytes];
    }

    private static string Long(int length) => new('x', length);
}
