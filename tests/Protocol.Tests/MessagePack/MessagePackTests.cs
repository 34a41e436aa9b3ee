using System.Buffers;
using System.Globalization;
using System.Text;
using Serverless.Protocol.MessagePack;

namespace Serverless.Protocol.Tests.MessagePack;

/// <summary>Values and their bytes, both ways, from the MessagePack specification's list of formats.</summary>
public class MessagePackTests
{
    [Theory]
    [InlineData(0, "00")]
    [InlineData(127, "7f")]
    [InlineData(128, "cc80")]
    [InlineData(255, "ccff")]
    [InlineData(256, "cd0100")]
    [InlineData(65535, "cdffff")]
    [InlineData(65536, "ce00010000")]
    [InlineData(4294967295, "ceffffffff")]
    [InlineData(4294967296, "cf0000000100000000")]
    [InlineData(long.MaxValue, "cf7fffffffffffffff")]
    [InlineData(-1, "ff")]
    [InlineData(-32, "e0")]
    [InlineData(-33, "d0df")]
    [InlineData(-128, "d080")]
    [InlineData(-129, "d1ff7f")]
    [InlineData(-32768, "d18000")]
    [InlineData(-32769, "d2ffff7fff")]
    [InlineData(int.MinValue, "d280000000")]
    [InlineData(-2147483649, "d3ffffffff7fffffff")]
    [InlineData(long.MinValue, "d38000000000000000")]
    public void Integers_take_their_shortest_form(long value, string hex)
    {
        Assert.Equal(hex, Written(writer => writer.WriteInt64(value)));
        Assert.Equal(value, Reader(hex).ReadInt64());
        AssertSkips(hex, MessagePackKind.Integer);
    }

    [Theory]
    [InlineData("cc01", 1)] // wider than needed
    [InlineData("cd0001", 1)]
    [InlineData("ce00000001", 1)]
    [InlineData("cf0000000000000001", 1)]
    [InlineData("d001", 1)]
    [InlineData("d10001", 1)]
    [InlineData("d200000001", 1)]
    [InlineData("d30000000000000001", 1)]
    [InlineData("d3ffffffffffffffff", -1)]
    public void Integers_are_read_in_any_width(string hex, long value) => Assert.Equal(value, Reader(hex).ReadInt64());

    [Fact]
    public void Unsigned_integers_reach_their_full_range_and_no_other_type_takes_them()
    {
        Assert.Equal("cfffffffffffffffff", Written(writer => writer.WriteUInt64(ulong.MaxValue)));
        Assert.Equal(ulong.MaxValue, Reader("cfffffffffffffffff").ReadUInt64Value());
        Assert.Equal(5ul, Reader("05").ReadUInt64Value());
        AssertFails("cfffffffffffffffff", reader => reader.ReadInt64());
        AssertFails("ff", reader => reader.ReadUInt64Value());
    }

    [Theory]
    [InlineData("ca3fc00000", 1.5)]
    [InlineData("cb3ff8000000000000", 1.5)]
    [InlineData("cb7ff8000000000000", double.NaN)]
    [InlineData("cbfff0000000000000", double.NegativeInfinity)]
    [InlineData("cb8000000000000000", -0.0)]
    public void Floats_are_read_in_both_widths(string hex, double value)
    {
        Assert.Equal(value, Reader(hex).ReadDouble());
        AssertSkips(hex, MessagePackKind.Float);
    }

    [Fact]
    public void Floats_are_written_in_64_bits() => Assert.Equal("cb3ff8000000000000", Written(writer => writer.WriteDouble(1.5)));

    [Fact]
    public void Nil_and_booleans_are_one_byte()
    {
        Assert.Equal("c0c2c3", Written(writer =>
        {
            writer.WriteNil();
            writer.WriteBoolean(false);
            writer.WriteBoolean(true);
        }));
        var reader = Reader("c0c2c3");
        Assert.True(reader.TryReadNil());
        Assert.False(reader.TryReadNil());
        Assert.False(reader.ReadBoolean());
        Assert.True(reader.ReadBoolean());
        Assert.True(reader.IsAtEnd);
    }

    [Theory]
    [InlineData(0, "a0")]
    [InlineData(31, "bf")]
    [InlineData(32, "d920")]
    [InlineData(255, "d9ff")]
    [InlineData(256, "da0100")]
    [InlineData(65535, "daffff")]
    [InlineData(65536, "db00010000")]
    public void Text_takes_its_shortest_header(int length, string header)
    {
        var text = new string('x', length);
        var hex = Written(writer => writer.WriteString(text));
        Assert.StartsWith(header, hex, StringComparison.Ordinal);
        Assert.Equal(text, Reader(hex).ReadString());
        Assert.Equal(hex, Written(writer => writer.WriteUtf8String(Encoding.UTF8.GetBytes(text))));
        AssertSkips(hex, MessagePackKind.String);
    }

    [Theory]
    [InlineData("ü😀", "a6c3bcf09f9880")]
    [InlineData("\0", "a100")]
    public void Text_counts_in_utf8_bytes(string text, string hex)
    {
        Assert.Equal(hex, Written(writer => writer.WriteString(text)));
        Assert.Equal(text, Reader(hex).ReadStringOrNil());
    }

    [Fact]
    public void Text_that_is_absent_is_nil()
    {
        Assert.Equal("c0", Written(writer => writer.WriteStringOrNil(null)));
        Assert.Null(Reader("c0").ReadStringOrNil());
    }

    [Theory]
    [InlineData(0, "c400")]
    [InlineData(255, "c4ff")]
    [InlineData(256, "c50100")]
    [InlineData(65536, "c600010000")]
    public void Binary_has_no_form_in_the_first_byte(int length, string header)
    {
        var hex = Written(writer => writer.WriteBinary(new byte[length]));
        Assert.StartsWith(header, hex, StringComparison.Ordinal);
        Assert.Equal(length, Reader(hex).ReadBinary().Length);
        AssertSkips(hex, MessagePackKind.Binary);
    }

    [Theory]
    [InlineData(0, "90", "80")]
    [InlineData(15, "9f", "8f")]
    [InlineData(16, "dc0010", "de0010")]
    [InlineData(65535, "dcffff", "deffff")]
    [InlineData(65536, "dd00010000", "df00010000")]
    public void Counts_take_their_shortest_header(int count, string array, string map)
    {
        Assert.Equal(array, Written(writer => writer.WriteArrayHeader(count)));
        Assert.Equal(map, Written(writer => writer.WriteMapHeader(count)));
        var values = string.Concat(Enumerable.Repeat("c0", count));
        Assert.Equal(count, Reader(array + values).ReadArrayHeader());
        Assert.Equal(count, Reader(map + values + values).ReadMapHeader());
        AssertSkips(array + values, MessagePackKind.Array);
        AssertSkips(map + values + values, MessagePackKind.Map);
    }

    [Theory]
    [InlineData("d405aa", 5, "aa")]
    [InlineData("d5ffaabb", -1, "aabb")]
    [InlineData("d601aabbccdd", 1, "aabbccdd")]
    [InlineData("d7020102030405060708", 2, "0102030405060708")]
    [InlineData("d80301020304050607080102030405060708", 3, "01020304050607080102030405060708")]
    [InlineData("c70080", -128, "")]
    [InlineData("c803aabbcc", null, null)] // 16-bit length 0x03aa: not there
    [InlineData("c8000203aabb", 3, "aabb")]
    [InlineData("c90000000103aa", 3, "aa")]
    public void Extensions_have_a_type_and_bytes(string hex, int? type, string? data)
    {
        if (type is null)
        {
            AssertFails(hex, reader => reader.ReadExtension(out _));
            return;
        }

        Assert.Equal(data, Convert.ToHexStringLower(Reader(hex).ReadExtension(out var read)));
        Assert.Equal(type, read);
        AssertSkips(hex, MessagePackKind.Extension);
    }

    [Theory]
    [InlineData("dd7fffffff")]
    [InlineData("ddffffffff00")]
    [InlineData("df00000002c0c0c0")] // two pairs need four values
    [InlineData("92c0")]
    [InlineData("81c0")]
    public void A_count_that_promises_more_than_there_is_fails_at_once(string hex)
    {
        AssertFails(hex, reader => reader.Skip());
        AssertFails(hex, reader => { _ = reader.PeekKind() == MessagePackKind.Map ? reader.ReadMapHeader() : reader.ReadArrayHeader(); });
    }

    [Fact]
    public void Every_first_byte_is_read_as_its_kind_or_refused_by_every_method()
    {
        for (var code = 0; code <= 255; code++)
        {
            // Without bytes after the header, then with enough bytes of any kind after it.
            foreach (var rest in (int[])[0, 300])
            {
                var bytes = new byte[1 + rest];
                bytes[0] = (byte)code;
                foreach (var read in Reads)
                {
                    var exception = Record.Exception(() => read(bytes));
                    Assert.True(exception is null or HubProtocolException, $"{code:x2} with {rest} bytes: {exception}");
                }
            }
        }
    }

    [Theory]
    [InlineData("00000000", "1970-01-01T00:00:00.0000000Z")]
    [InlineData("ffffffff", "2106-02-07T06:28:15.0000000Z")]
    [InlineData("ee6b27fc00000001", "1970-01-01T00:00:01.9999999Z")]
    [InlineData("0000000000000001", "1970-01-01T00:00:01.0000000Z")]
    [InlineData("000000ffffffffffffffffff", "1969-12-31T23:59:59.0000002Z")]
    [InlineData("00000000fffffff1886e0900", "0001-01-01T00:00:00.0000000Z")]
    [InlineData("3b9ac9ff0000003afff4417f", "9999-12-31T23:59:59.9999999Z")] // DateTime.MaxValue
    [InlineData("000000000000003afff44180", null)] // a second later
    [InlineData("3b9aca000000000000000000", null)] // a billion nanoseconds
    [InlineData("000000007fffffffffffffff", null)] // year 292 billion
    [InlineData("000000008000000000000000", null)]
    [InlineData("0000", null)]
    [InlineData("", null)]
    public void Timestamps_have_three_lengths_and_a_range(string hex, string? time)
    {
        Assert.Equal(time is not null, MessagePackTimestamp.TryRead(Convert.FromHexString(hex), out var read));
        if (time is not null)
        {
            Assert.Equal(time, read.ToString("O", CultureInfo.InvariantCulture));
        }
    }

    private static readonly Action<byte[]>[] Reads =
    [
        bytes => new MessagePackReader(bytes).ReadInt64(),
        bytes => new MessagePackReader(bytes).ReadUInt64Value(),
        bytes => new MessagePackReader(bytes).ReadDouble(),
        bytes => new MessagePackReader(bytes).ReadBoolean(),
        bytes => new MessagePackReader(bytes).ReadString(),
        bytes => new MessagePackReader(bytes).ReadBinary(),
        bytes => new MessagePackReader(bytes).ReadArrayHeader(),
        bytes => new MessagePackReader(bytes).ReadMapHeader(),
        bytes => new MessagePackReader(bytes).ReadExtension(out _),
        bytes => new MessagePackReader(bytes).Skip(),
        bytes => new MessagePackReader(bytes).ReadRaw(),
        bytes => new MessagePackReader(bytes).TryReadNil(),
    ];

    private delegate void WriteAction(MessagePackWriter writer);

    private static string Written(WriteAction write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(new MessagePackWriter(output));
        return Convert.ToHexStringLower(output.WrittenSpan);
    }

    private static MessagePackReader Reader(string hex) => new(Convert.FromHexString(hex));

    private static void AssertFails(string hex, Action<MessagePackReaderBox> read) =>
        Assert.Throws<HubProtocolException>(() => read(new MessagePackReaderBox(Convert.FromHexString(hex))));

    // Skip moves exactly past the value, and every shorter input fails.
    private static void AssertSkips(string hex, MessagePackKind kind)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(kind, new MessagePackReader(bytes).PeekKind());
        var reader = new MessagePackReader([.. bytes, 0xC1]);
        Assert.Equal(bytes.Length, reader.ReadRaw().Length);
        Assert.Equal(bytes.Length, reader.Position);
        for (var length = 0; length < Math.Min(bytes.Length, 64); length++)
        {
            var part = bytes[..length];
            Assert.Throws<HubProtocolException>(() => new MessagePackReader(part).Skip());
        }
    }

    /// <summary>A reader that a lambda can capture; each call reads from the start.</summary>
    private sealed class MessagePackReaderBox(byte[] bytes)
    {
        public long ReadInt64() => new MessagePackReader(bytes).ReadInt64();

        public ulong ReadUInt64Value() => new MessagePackReader(bytes).ReadUInt64Value();

        public int ReadArrayHeader() => new MessagePackReader(bytes).ReadArrayHeader();

        public int ReadMapHeader() => new MessagePackReader(bytes).ReadMapHeader();

        public MessagePackKind PeekKind() => new MessagePackReader(bytes).PeekKind();

        public void ReadExtension(out sbyte type) => new MessagePackReader(bytes).ReadExtension(out type);

        public void Skip() => new MessagePackReader(bytes).Skip();
    }
}
