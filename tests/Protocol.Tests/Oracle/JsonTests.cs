using System.Buffers;
using System.Globalization;
using Package = global::MessagePack;

namespace Serverless.Protocol.Tests.Oracle;

/// <summary>The <see cref="Transcoder"/> against the package's own conversions, where both have the same form.</summary>
public class JsonTests
{
    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("-1")]
    [InlineData("-32")]
    [InlineData("-33")]
    [InlineData("127")]
    [InlineData("128")]
    [InlineData("65536")]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775808")]
    [InlineData("18446744073709551615")]
    [InlineData("-9223372036854775808")]
    [InlineData("1.5")]
    [InlineData("-0.0")]
    [InlineData("1.0")]
    [InlineData("1e2")]
    [InlineData("1E-7")]
    [InlineData("1e999")]
    [InlineData("0.1")]
    [InlineData("2.2250738585072014e-308")]
    [InlineData("\"\"")]
    [InlineData("\"ü€😀\"")]
    [InlineData("\"\\u00fc\\ud83d\\ude00\\n\\r\\t\\b\\f\\\\\\/\\\"\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("""{"a":{"b":[[],{}]},"c":null,"a":1}""")]
    [InlineData(""" [ 1 , [ "a" , { "b" : -1.25e3 } ] ] """)]
    public void Json_becomes_what_the_package_makes_of_it(string json) =>
        Assert.Equal(Convert.ToHexString(OracleJson.FromJson(json)), Convert.ToHexString(OracleJson.OwnFromJson(json)));

    [Theory]
    [InlineData("18446744073709551616", "cb43f0000000000000")] // the package writes a decimal, as text
    [InlineData("-9223372036854775809", "cbc3e0000000000000")]
    public void Integers_beyond_64_bits_become_floats_here(string json, string hex)
    {
        Assert.Equal(hex, Convert.ToHexStringLower(OracleJson.OwnFromJson(json)));
        Assert.Equal(json, new Package.MessagePackReader(OracleJson.FromJson(json)).ReadString());
    }

    [Theory]
    [InlineData("c0")]
    [InlineData("c3")]
    [InlineData("7f")]
    [InlineData("cfffffffffffffffff")]
    [InlineData("d38000000000000000")]
    [InlineData("ca3fc00000")]
    [InlineData("cb3fb999999999999a")]
    [InlineData("cb8000000000000000")]
    [InlineData("cb7fefffffffffffff")]
    [InlineData("cb0000000000000001")]
    [InlineData("a6c3bcf09f9880")]
    [InlineData("a6221e5c0a2f08")] // quotes, escapes and control characters
    [InlineData("a2ffc3")] // not UTF-8
    [InlineData("c403010203")]
    [InlineData("c400")]
    [InlineData("d6ff00000001")]
    [InlineData("d7ffee6b27fc00000001")]
    [InlineData("c70cff3b9ac9ffffffffffffffffff")]
    [InlineData("8301c0ffc1cfffffffffffffffff90", false)]
    [InlineData("8301c0ff01cfffffffffffffffff90")] // integers as keys
    [InlineData("82a16181a162929080a163c0")]
    [InlineData("93a1610181a2416101")]
    public void Messagepack_becomes_the_json_of_the_package(string hex, bool isValid = true)
    {
        var value = Convert.FromHexString(hex);
        if (!isValid)
        {
            Assert.Throws<HubProtocolException>(() => OracleJson.OwnToJson(value));
            Assert.Throws<Package.MessagePackSerializationException>(() => OracleJson.ToJson(value));
            return;
        }

        Assert.Null(OracleJson.Difference(value));
        Assert.Equal(OracleJson.Canonical(OracleJson.ToJson(value)), OracleJson.Canonical(OracleJson.OwnToJson(value)));
    }

    [Theory]
    [InlineData("cb7ff8000000000000", "\"NaN\"", "NaN")]
    [InlineData("ca3dcccccd", "0.10000000149011612", "0.1")]
    [InlineData("caff800000", "\"-Infinity\"", "-Infinity")]
    [InlineData("d40500", "\"AA==\"", "[5,\"AA==\"]")]
    [InlineData("d7ffffffffff00000000", "\"/////wAAAAA=\"", "\"2378-04-22T19:24:49.0737418Z\"")]
    public void Named_differences_of_json(string hex, string own, string package)
    {
        var value = Convert.FromHexString(hex);
        Assert.NotNull(OracleJson.Difference(value));
        Assert.Equal(own, OracleJson.OwnToJson(value));
        Assert.Equal(package, OracleJson.ToJson(value));
    }

    [Theory]
    [InlineData("81c001")]
    [InlineData("81c301")]
    [InlineData("81c4010101")]
    [InlineData("819001")]
    public void Keys_without_a_json_form_are_refused_here(string hex)
    {
        var value = Convert.FromHexString(hex);
        Assert.Throws<HubProtocolException>(() => OracleJson.OwnToJson(value));
        Assert.NotEmpty(OracleJson.ToJson(value));
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00.0000000Z")]
    [InlineData("1969-12-31T23:59:59.9999999Z")]
    [InlineData("2026-11-28T14:15:16.5000000Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z")]
    public void Times_become_the_json_of_the_package(string text)
    {
        var time = DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
        var output = new ArrayBufferWriter<byte>();
        var writer = new Package.MessagePackWriter(output);
        writer.Write(time);
        writer.Flush();

        Assert.Equal($"\"{text}\"", OracleJson.ToJson(output.WrittenMemory));
        Assert.Equal(OracleJson.Canonical($"\"{text}\""), OracleJson.Canonical(OracleJson.OwnToJson(output.WrittenSpan)));
    }
}
