using System.Buffers;
using System.Text;

namespace Serverless.Protocol.Tests.Transcoding;

public class TranscoderTests
{
    // Forms with the same meaning in both protocols.
    [Theory]
    [InlineData("null", "c0")]
    [InlineData("true", "c3")]
    [InlineData("false", "c2")]
    [InlineData("0", "00")]
    [InlineData("-1", "ff")]
    [InlineData("127", "7f")]
    [InlineData("128", "cc80")]
    [InlineData("9223372036854775807", "cf7fffffffffffffff")]
    [InlineData("18446744073709551615", "cfffffffffffffffff")]
    [InlineData("-9223372036854775808", "d38000000000000000")]
    [InlineData("1.5", "cb3ff8000000000000")]
    [InlineData("\"\"", "a0")]
    [InlineData("\"ü€\"", "a5c3bce282ac")]
    [InlineData("\"\\uD83D\\uDE00\"", "a4f09f9880")]
    [InlineData("[]", "90")]
    [InlineData("{}", "80")]
    [InlineData("""["a",1,{"Aa":1}]""", "93a1610181a2416101")]
    [InlineData("""{"a":{"b":[[],{}]},"c":null}""", "82a16181a162929080a163c0")]
    public void Values_that_both_have_cross_both_ways(string json, string hex)
    {
        Assert.Equal(hex, ToMessagePack(json));
        Assert.Equal(json, ToJson(hex));
    }

    [Theory]
    [InlineData("1.0", "cb3ff0000000000000")] // no integer in JSON's own eyes
    [InlineData("1e2", "cb4059000000000000")]
    [InlineData("18446744073709551616", "cb43f0000000000000")] // beyond 64 bits
    [InlineData("-9223372036854775809", "cbc3e0000000000000")]
    [InlineData("1e999", "cb7ff0000000000000")]
    [InlineData("-0", "00")]
    [InlineData(""" [ 1 , 2 ] """, "920102")]
    [InlineData("""{"a":1,"a":2}""", "82a16101a16102")] // passed on as it is
    [InlineData("\"\\u0061\\n\\ud83d\\ude00\\/\"", "a7610af09f98802f")]
    [InlineData("\"\\ud800\"", "a3efbfbd")] // what UTF-8 cannot hold becomes a replacement character
    [InlineData("\"a\\udc00\\ud800\\u0062\"", "a861efbfbdefbfbd62")]
    [InlineData("""{"\ud800":"\u00fc"}""", "81a3efbfbda2c3bc")]
    public void Json_becomes_messagepack(string json, string hex) => Assert.Equal(hex, ToMessagePack(json));

    [Theory]
    [InlineData("c403010203", "\"AQID\"")] // binary: base64
    [InlineData("c400", "\"\"")]
    [InlineData("ca3fc00000", "1.5")]
    [InlineData("cb7ff8000000000000", "\"NaN\"")]
    [InlineData("cb7ff0000000000000", "\"Infinity\"")]
    [InlineData("cbfff0000000000000", "\"-Infinity\"")]
    [InlineData("cb4059000000000000", "100")]
    [InlineData("d6ff00000001", "\"1970-01-01T00:00:01Z\"")] // timestamps: ISO 8601
    [InlineData("d7ffee6b27fc00000001", "\"1970-01-01T00:00:01.9999999Z\"")]
    [InlineData("c70cff3b9ac9ffffffffffffffffff", "\"1969-12-31T23:59:59.9999999Z\"")]
    [InlineData("d7ffffffffff00000000", "\"/////wAAAAA=\"")] // more nanoseconds than a second has: bytes
    [InlineData("d40500", "\"AA==\"")] // another extension: bytes
    [InlineData("8101c0", """{"1":null}""")] // integers may be keys
    [InlineData("81ffc0", """{"-1":null}""")]
    [InlineData("81cfffffffffffffffffc0", """{"18446744073709551615":null}""")]
    [InlineData("a1ff", "\"\\uFFFD\"")] // what is no UTF-8
    [InlineData("a3221e5c", "\"\\\"\\u001E\\\\\"")] // no terminator may come out of a value
    [InlineData("81a11ec0", "{\"\\u001E\":null}")]
    public void Messagepack_becomes_json(string hex, string json) => Assert.Equal(json, ToJson(hex));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("1 2")]
    [InlineData("[1")]
    [InlineData("[1]]")]
    [InlineData("{\"a\"}")]
    [InlineData("nul")]
    [InlineData("\"a")]
    [InlineData("\"\\x\"")]
    [InlineData("01")]
    [InlineData("NaN")]
    [InlineData("// no\n1")]
    public void What_is_not_one_json_value_is_refused(string json) => Assert.Throws<HubProtocolException>(() => ToMessagePack(json));

    [Theory]
    [InlineData("")]
    [InlineData("c1")]
    [InlineData("9201")]
    [InlineData("0101")]
    [InlineData("8190c0")] // a key that JSON cannot name
    [InlineData("81c0c0")]
    [InlineData("81c2c0")]
    [InlineData("dd00ffffff")]
    public void What_is_not_one_messagepack_value_is_refused(string hex) => Assert.Throws<HubProtocolException>(() => ToJson(hex));

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Both_directions_nest_64_deep(int depth, bool allowed)
    {
        var json = new string('[', depth) + new string(']', depth);
        var hex = string.Concat(Enumerable.Repeat("91", depth - 1)) + "90";
        if (allowed)
        {
            Assert.Equal(hex, ToMessagePack(json));
            Assert.Equal(json, ToJson(hex));
        }
        else
        {
            Assert.Throws<HubProtocolException>(() => ToMessagePack(json));
            Assert.Throws<HubProtocolException>(() => ToJson(hex));
        }
    }

    [Fact]
    public void A_large_value_crosses_both_ways()
    {
        var json = "[" + string.Join(',', Enumerable.Range(0, 50_000).Select(i => $$"""{"n":{{i}},"t":"ü{{i}}"}""")) + "]";
        Assert.Equal(json, ToJson(ToMessagePack(json)));
    }

    private static string ToMessagePack(string json)
    {
        var output = new ArrayBufferWriter<byte>();
        Transcoder.JsonToMessagePack(Encoding.UTF8.GetBytes(json), output);
        return Convert.ToHexStringLower(output.WrittenSpan);
    }

    private static string ToJson(string hex)
    {
        var output = new ArrayBufferWriter<byte>();
        Transcoder.MessagePackToJson(Convert.FromHexString(hex), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
