using System.Buffers;
using System.Globalization;
using System.Text;
using Serverless.Protocol.MessagePack;
using Package = global::MessagePack;

namespace Serverless.Protocol.Tests.Oracle;

/// <summary>The project's own MessagePack reader and writer against the MessagePack package.</summary>
public class ValueTests
{
    private static readonly long[] Integers =
    [
        0, 1, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536, int.MaxValue, int.MaxValue + 1L, uint.MaxValue, uint.MaxValue + 1L, long.MaxValue,
        -1, -31, -32, -33, -127, -128, -129, -32_768, -32_769, int.MinValue, int.MinValue - 1L, long.MinValue,
    ];

    private static readonly double[] Floats =
    [
        0, -0.0, 1.5, -1.5, Math.PI, double.Epsilon, double.MaxValue, double.MinValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity,
        float.MaxValue, float.MinValue, float.Epsilon,
    ];

    // The edges of every form of a length.
    private static readonly int[] Lengths = [0, 1, 2, 3, 4, 8, 12, 15, 16, 17, 31, 32, 255, 256, 65_535, 65_536];

    // Reads that the package allows and the project's own reader does not, with the first bytes for which it does.
    private static readonly Dictionary<string, Func<byte, bool>> WiderReads = new()
    {
        ["double"] = code => OwnKind(code) == MessagePackKind.Integer,
        ["string"] = code => code == MessagePackCode.Nil,
        ["utf8"] = code => code == MessagePackCode.Nil,

        // Text is binary in the specification before bin was added.
        ["binary"] = code => code == MessagePackCode.Nil || OwnKind(code) == MessagePackKind.String,
    };

    private static readonly Dictionary<string, (Func<byte[], string> Own, Func<byte[], string> Package)> Reads = new()
    {
        ["nil"] = (bytes => Own(bytes).TryReadNil().ToString(), bytes => Of(bytes).TryReadNil().ToString()),
        ["int64"] = (bytes => Text(Own(bytes).ReadInt64()), bytes => Text(Of(bytes).ReadInt64())),
        ["uint64"] = (bytes => Text(Own(bytes).ReadUInt64Value()), bytes => Text(Of(bytes).ReadUInt64())),
        ["double"] = (bytes => Text(Own(bytes).ReadDouble()), bytes => Text(Of(bytes).ReadDouble())),
        ["boolean"] = (bytes => Own(bytes).ReadBoolean().ToString(), bytes => Of(bytes).ReadBoolean().ToString()),
        ["string"] = (bytes => Own(bytes).ReadString(), bytes => Of(bytes).ReadString() ?? "nil"),
        ["string or nil"] = (bytes => Own(bytes).ReadStringOrNil() ?? "nil", bytes => Of(bytes).ReadString() ?? "nil"),
        ["utf8"] = (bytes => Convert.ToHexString(Own(bytes).ReadStringSpan()), bytes => Hex(Of(bytes).ReadStringSequence())),
        ["binary"] = (bytes => Convert.ToHexString(Own(bytes).ReadBinary()), bytes => Hex(Of(bytes).ReadBytes())),
        ["array"] = (bytes => Text(Own(bytes).ReadArrayHeader()), bytes => Text(Of(bytes).ReadArrayHeader())),
        ["map"] = (bytes => Text(Own(bytes).ReadMapHeader()), bytes => Text(Of(bytes).ReadMapHeader())),
        ["extension"] = (
            bytes =>
            {
                var data = Convert.ToHexString(Own(bytes).ReadExtension(out var type));
                return $"{type} {data}";
            },
            bytes =>
            {
                var read = Of(bytes).ReadExtensionFormat();
                return $"{read.TypeCode} {Hex(read.Data)}";
            }
        ),
    };

    public static TheoryData<string> ReadNames => [.. Reads.Keys];

    [Theory]
    [MemberData(nameof(ReadNames))]
    public void Every_first_byte_is_read_alike_by_every_method(string name)
    {
        var (own, package) = Reads[name];
        var accepted = 0;
        foreach (var bytes in EveryFirstByte())
        {
            var (mine, theirs) = (Attempt(own, bytes), Attempt(package, bytes));
            if (mine is null && theirs is not null)
            {
                Assert.True(
                    WiderReads.TryGetValue(name, out var isWider) && isWider(bytes[0]), $"The package reads {Convert.ToHexString(bytes)} as {theirs}.");
                continue;
            }

            Assert.Equal(theirs, mine);
            accepted += mine is null ? 0 : 1;
        }

        Assert.True(accepted > 0);
    }

    [Fact]
    public void Every_first_byte_is_skipped_alike()
    {
        var accepted = 0;
        foreach (var bytes in EveryFirstByte())
        {
            var (mine, theirs) = (OwnValues.Skip(bytes), OracleValues.Skip(bytes));
            if (mine.IsAccepted)
            {
                accepted++;
                Assert.Equal((true, mine.Bytes), (theirs.IsAccepted, theirs.Bytes));
            }
            else if (theirs.IsAccepted)
            {
                Assert.True(IsImpossibleCount(bytes), $"The package skips {Convert.ToHexString(bytes)}.");
            }
        }

        Assert.True(accepted > 256);
    }

    [Fact]
    public void What_the_package_writes_is_read_the_same()
    {
        foreach (var bytes in WrittenByThePackage())
        {
            var theirs = OracleValues.Read(bytes);
            Assert.Equal(bytes.Length, theirs.Bytes);
            Assert.Equal(theirs, OwnValues.Read(bytes));
            Assert.Equal(bytes.Length, OwnValues.Skip(bytes).Bytes);

            // A byte less is refused by both.
            var cut = bytes.AsMemory(0, bytes.Length - 1);
            Assert.False(OracleValues.Read(cut).IsAccepted);
            Assert.False(OwnValues.Read(cut).IsAccepted);
            Assert.False(OwnValues.Skip(cut).IsAccepted);
        }
    }

    [Fact]
    public void Integers_are_written_as_the_package_writes_them()
    {
        foreach (var value in Integers)
        {
            AssertWritten((ref Package.MessagePackWriter writer) => writer.Write(value), writer => writer.WriteInt64(value));
        }

        foreach (var value in (ulong[])[.. Integers.Where(value => value >= 0).Select(value => (ulong)value), long.MaxValue + 1UL, ulong.MaxValue])
        {
            AssertWritten((ref Package.MessagePackWriter writer) => writer.Write(value), writer => writer.WriteUInt64(value));
        }
    }

    [Fact]
    public void Floats_nil_and_booleans_are_written_as_the_package_writes_them()
    {
        foreach (var value in Floats)
        {
            AssertWritten((ref Package.MessagePackWriter writer) => writer.Write(value), writer => writer.WriteDouble(value));
        }

        AssertWritten((ref Package.MessagePackWriter writer) => writer.WriteNil(), writer => writer.WriteNil());
        AssertWritten((ref Package.MessagePackWriter writer) => writer.Write(true), writer => writer.WriteBoolean(true));
        AssertWritten((ref Package.MessagePackWriter writer) => writer.Write(false), writer => writer.WriteBoolean(false));
        AssertWritten((ref Package.MessagePackWriter writer) => writer.Write((string?)null), writer => writer.WriteStringOrNil(null));
    }

    [Fact]
    public void Text_binary_and_headers_are_written_as_the_package_writes_them()
    {
        foreach (var length in Lengths)
        {
            var bytes = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
            var text = new string('x', length);
            AssertWritten((ref Package.MessagePackWriter writer) => writer.Write(text), writer => writer.WriteString(text));
            AssertWritten(
                (ref Package.MessagePackWriter writer) => writer.WriteString(Encoding.UTF8.GetBytes(text)),
                writer => writer.WriteUtf8String(Encoding.UTF8.GetBytes(text)));
            AssertWritten((ref Package.MessagePackWriter writer) => writer.Write(bytes), writer => writer.WriteBinary(bytes));
            AssertWritten((ref Package.MessagePackWriter writer) => writer.WriteArrayHeader(length), writer => writer.WriteArrayHeader(length));
            AssertWritten((ref Package.MessagePackWriter writer) => writer.WriteMapHeader(length), writer => writer.WriteMapHeader(length));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("ü€")]
    [InlineData("😀😀😀😀😀😀😀😀")] // 32 bytes in 16 characters
    [InlineData("日本語日本語日本語日")] // 30 bytes
    [InlineData("日本語日本語日本語日本")] // 33 bytes
    [InlineData("a\0b\r\n\u001e")]
    [InlineData("\ud800")] // half of a surrogate pair
    [InlineData("a\udc00b")]
    public void Characters_are_written_as_the_package_writes_them(string text)
    {
        AssertWritten((ref Package.MessagePackWriter writer) => writer.Write(text), writer => writer.WriteString(text));
        AssertWritten((ref Package.MessagePackWriter writer) => writer.Write(text), writer => writer.WriteStringOrNil(text));
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00.0000000")] // 4 bytes
    [InlineData("2106-02-07T06:28:15.0000000")]
    [InlineData("2106-02-07T06:28:16.0000000")] // 8 bytes
    [InlineData("1970-01-01T00:00:00.0000001")]
    [InlineData("2026-11-28T14:15:16.7890123")]
    [InlineData("2514-05-30T01:53:03.9999999")]
    [InlineData("2514-05-30T01:53:04.0000000")] // 12 bytes
    [InlineData("1969-12-31T23:59:59.9999999")]
    [InlineData("0001-01-01T00:00:00.0000000")]
    [InlineData("9999-12-31T23:59:58.9999999")]
    [InlineData("9999-12-31T23:59:59.0000000")]
    [InlineData("9999-12-31T23:59:59.9999999")] // DateTime.MaxValue
    public void Timestamps_of_the_package_are_read_the_same(string text)
    {
        var time = DateTime.SpecifyKind(DateTime.Parse(text, CultureInfo.InvariantCulture), DateTimeKind.Utc);
        var bytes = Written((ref Package.MessagePackWriter writer) => writer.Write(time));

        Assert.Equal(time, Of(bytes).ReadDateTime());
        Assert.True(MessagePackTimestamp.TryRead(Own(bytes).ReadExtension(out var type), out var read));
        Assert.Equal((-1, time, DateTimeKind.Utc), (type, read, read.Kind));
    }

    // Both accept 64 levels. Beyond, the package skips until its stack ends.
    [Theory]
    [InlineData("91", 63, true)]
    [InlineData("91", 64, false)]
    [InlineData("91", 1000, false)]
    [InlineData("8101", 63, true)]
    [InlineData("8101", 64, false)]
    [InlineData("dc0001", 63, true)]
    [InlineData("dd00000001", 64, false)]
    public void Depth_is_limited_to_64_where_the_package_skips_without_a_limit(string level, int times, bool isAccepted)
    {
        var bytes = Convert.FromHexString(string.Concat(Enumerable.Repeat(level, times)) + "c0");

        Assert.Equal((true, bytes.Length), (OracleValues.Skip(bytes).IsAccepted, OracleValues.Skip(bytes).Bytes));
        Assert.Equal(isAccepted, OwnValues.Skip(bytes).IsAccepted);
        Assert.Equal(isAccepted, OwnValues.Read(bytes).IsAccepted);
        Assert.Equal(isAccepted, OracleValues.Read(bytes).IsAccepted);
    }

    [Theory]
    [InlineData("dd80000000")] // -2^31 as a signed number
    [InlineData("ddffffffff")]
    [InlineData("df80000000")]
    [InlineData("dfffffffff")]
    public void Impossible_counts_that_the_package_skips_are_refused(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.True(OracleValues.Skip(bytes).IsAccepted);
        Assert.False(OracleValues.Read(bytes).IsAccepted);
        Assert.False(OwnValues.Skip(bytes).IsAccepted);
        Assert.False(OwnValues.Read(bytes).IsAccepted);
    }

    private static bool IsImpossibleCount(byte[] bytes) =>
        bytes is [MessagePackCode.Array32 or MessagePackCode.Map32, >= 0x80, _, _, _, ..];

    private static IEnumerable<byte[]> EveryFirstByte()
    {
        byte[][] fills = [[0], [1], [0x80], [0xC0], [0xFF], [0, 0, 0, 1]];
        foreach (var code in Enumerable.Range(0, 256))
        {
            yield return [(byte)code];
            foreach (var fill in fills)
            {
                foreach (var length in (int[])[1, 3, 8, 300])
                {
                    yield return [(byte)code, .. Enumerable.Repeat(fill, length).SelectMany(static one => one).Take(length)];
                }
            }
        }
    }

    // Every value in every form that can hold it.
    private static IEnumerable<byte[]> WrittenByThePackage()
    {
        foreach (var value in Integers)
        {
            yield return Written((ref Package.MessagePackWriter writer) => writer.Write(value));
            yield return Written((ref Package.MessagePackWriter writer) => writer.WriteInt64(value));
            yield return Written((ref Package.MessagePackWriter writer) => writer.WriteInt32(unchecked((int)value)));
            yield return Written((ref Package.MessagePackWriter writer) => writer.WriteInt16(unchecked((short)value)));
            yield return Written((ref Package.MessagePackWriter writer) => writer.WriteInt8(unchecked((sbyte)value)));
            yield return Written((ref Package.MessagePackWriter writer) => writer.WriteUInt64(unchecked((ulong)value)));
            yield return Written((ref Package.MessagePackWriter writer) => writer.WriteUInt32(unchecked((uint)value)));
            yield return Written((ref Package.MessagePackWriter writer) => writer.WriteUInt16(unchecked((ushort)value)));
            yield return Written((ref Package.MessagePackWriter writer) => writer.WriteUInt8(unchecked((byte)value)));
        }

        foreach (var value in Floats)
        {
            yield return Written((ref Package.MessagePackWriter writer) => writer.Write(value));
            yield return Written((ref Package.MessagePackWriter writer) => writer.Write((float)value));
        }

        foreach (var length in Lengths)
        {
            var bytes = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
            yield return Written((ref Package.MessagePackWriter writer) => writer.Write(bytes));
            yield return Written((ref Package.MessagePackWriter writer) => writer.Write(new string('x', length)));
            yield return Written((ref Package.MessagePackWriter writer) => writer.WriteString(bytes)); // mostly not UTF-8
            yield return Written((ref Package.MessagePackWriter writer) =>
            {
                writer.WriteArrayHeader(length);
                writer.WriteRaw(bytes.Select(static b => (byte)(b & 0x7F)).ToArray());
            });
            yield return Written((ref Package.MessagePackWriter writer) =>
            {
                writer.WriteMapHeader(length);
                for (var i = 0; i < length; i++)
                {
                    writer.Write(i);
                    writer.Write(i % 2 == 0);
                }
            });
            foreach (var type in (sbyte[])[sbyte.MinValue, -1, 0, sbyte.MaxValue])
            {
                yield return Written((ref Package.MessagePackWriter writer) =>
                    writer.WriteExtensionFormat(new Package.ExtensionResult(type, new ReadOnlySequence<byte>(bytes))));
            }
        }

        yield return Written((ref Package.MessagePackWriter writer) => writer.WriteNil());
        yield return Written((ref Package.MessagePackWriter writer) => writer.Write(true));
        yield return Written((ref Package.MessagePackWriter writer) => writer.Write(false));
        yield return Package.MessagePackSerializer.Serialize(new Dictionary<object, object?>
        {
            ["name"] = new object?[] { null, true, 1, 2.5, "ü", new byte[] { 1, 2 }, new DateTime(2026, 11, 28, 0, 0, 0, DateTimeKind.Utc) },
            [-7] = new Dictionary<object, object?> { [true] = Array.Empty<object>() },
        });
    }

    private delegate void PackageWrite(ref Package.MessagePackWriter writer);

    private delegate void OwnWrite(MessagePackWriter writer);

    private static byte[] Written(PackageWrite write)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new Package.MessagePackWriter(output);
        write(ref writer);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static void AssertWritten(PackageWrite package, OwnWrite own) =>
        Assert.Equal(Convert.ToHexString(Written(package)), Convert.ToHexString(MessageText.Written(output => own(new MessagePackWriter(output)))));

    private static MessagePackReader Own(byte[] bytes) => new(bytes);

    private static Package.MessagePackReader Of(byte[] bytes) => new(bytes);

    private static MessagePackKind OwnKind(byte code) => new MessagePackReader([code]).PeekKind();

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Text(double value) => BitConverter.DoubleToInt64Bits(value).ToString("x16", CultureInfo.InvariantCulture);

    private static string Hex(ReadOnlySequence<byte>? bytes) => bytes is { } read ? Convert.ToHexString(read.ToArray()) : "nil";

    private static string? Attempt(Func<byte[], string> read, byte[] bytes)
    {
        try
        {
            return read(bytes);
        }
        catch (Exception exception) when (exception is HubProtocolException || OracleValues.IsRefusal(exception))
        {
            return null;
        }
    }
}
