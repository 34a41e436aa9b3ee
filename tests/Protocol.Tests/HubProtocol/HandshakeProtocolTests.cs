using System.Text;

namespace Serverless.Protocol.Tests;

public class HandshakeProtocolTests
{
    [Theory]
    [InlineData("""{"protocol":"json","version":1}␞""", "json", 1)]
    [InlineData("""{"version":2,"protocol":"messagepack"}␞""", "messagepack", 2)]
    [InlineData(""" { "protocol" : "json" , "version" : 1 } ␞""", "json", 1)]
    [InlineData("""{"protocol":"x","extra":{"version":[7],"protocol":"y"},"version":-3}␞""", "x", -3)]
    [InlineData("""{"protocol":"\u006ason","version":0}␞""", "json", 0)]
    [InlineData("""{"protocol":"","version":2147483647}␞""", "", int.MaxValue)]
    public void A_request_is_read_in_any_order_and_split_at_any_byte(string text, string protocol, int version)
    {
        var bytes = Bytes(text);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(HandshakeProtocol.TryRead(bytes.AsSpan(0, length), out _, out _));
        }

        Assert.True(HandshakeProtocol.TryRead([.. bytes, 1, 2, 3], out var request, out var consumed));
        Assert.Equal(new HandshakeRequest(protocol, version), request);
        Assert.Equal(bytes.Length, consumed);
    }

    [Theory]
    [InlineData("␞", "not valid JSON")]
    [InlineData("x␞", "not valid JSON")]
    [InlineData("[]␞", "must be a JSON object")]
    [InlineData("1␞", "must be a JSON object")]
    [InlineData("{}␞", "'protocol'")]
    [InlineData("""{"protocol":"json"}␞""", "'version'")]
    [InlineData("""{"version":1}␞""", "'protocol'")]
    [InlineData("""{"protocol":1,"version":1}␞""", "'protocol' to be of type String")]
    [InlineData("""{"protocol":null,"version":1}␞""", "'protocol' to be of type String")]
    [InlineData("""{"protocol":"json","version":"1"}␞""", "'version' to be of type Integer")]
    [InlineData("""{"protocol":"json","version":1.5}␞""", "'version' to be of type Integer")]
    [InlineData("""{"protocol":"json","version":99999999999}␞""", "'version' to be of type Integer")]
    [InlineData("""{"protocol":"json","version":1␞""", "not valid JSON")]
    [InlineData("""{"protocol":"json","version":1}{}␞""", "not valid JSON")]
    [InlineData("""{"protocol":"\ud800","version":1}␞""", "not valid JSON")]
    [InlineData("""{"Protocol":"json","Version":1}␞""", "'protocol'")]
    public void A_malformed_request_is_refused_with_the_reason(string text, string reason)
    {
        var bytes = Bytes(text);
        var exception = Assert.Throws<HubProtocolException>(() => HandshakeProtocol.TryRead(bytes, out _, out _));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused()
    {
        byte[] bytes = [.. """{"protocol":"""u8, (byte)'"', 0xFF, (byte)'"', .. ""","version":1}"""u8, 0x1E];
        Assert.Throws<HubProtocolException>(() => HandshakeProtocol.TryRead(bytes, out _, out _));
    }

    [Fact]
    public void The_answers_have_no_type() // The .NET client throws on a type.
    {
        Assert.Equal("{}␞", MessageText.Show(HubProtocol.Json, HandshakeProtocol.Accepted));
        Assert.Equal(
            """{"error":"The protocol '\"x' is not supported."}␞""",
            MessageText.Show(
                HubProtocol.Json,
                MessageText.Written(output => HandshakeProtocol.WriteRefused(output, "The protocol '\"x' is not supported."))));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text.Replace('␞', '\x1e'));
}
