using System.Text;

namespace Serverless.Load.Tests;

/// <summary>HTTP messages as the upstream and the publishers read them.</summary>
public sealed class HttpMessageTests
{
    [Theory]
    [InlineData("POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", "hello")]
    [InlineData("POST /x HTTP/1.1\r\ncontent-length:5\r\n\r\nhello", "hello")]
    [InlineData("POST /x HTTP/1.1\r\nHost: h\r\n\r\n", "")]
    [InlineData("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "hello")]
    public void A_message_is_read_once_it_is_whole(string text, string body)
    {
        var whole = Encoding.ASCII.GetBytes(text);
        for (var cut = 0; cut < whole.Length; cut++)
        {
            var part = whole[..cut];
            Assert.False(HttpMessage.TryRead(part, out _));
            Assert.Equal(whole[..cut], part);
        }

        Assert.True(HttpMessage.TryRead([.. whole, .. "POST /next"u8], out var message));
        Assert.Equal(whole.Length, message.Length);
        Assert.Equal("POST /x HTTP/1.1", Encoding.ASCII.GetString(message.FirstLine));
        Assert.Equal(body, Encoding.ASCII.GetString(message.Body));
        Assert.False(message.IsSigned);
    }

    [Fact]
    public void Status_and_signature_are_found()
    {
        var text = "HTTP/1.1 202 Accepted\r\nX-ASRS-Signature: sha256=ab\r\nContent-Length: 0\r\n\r\n"u8.ToArray();

        Assert.True(HttpMessage.TryRead(text, out var message));
        Assert.Equal(202, message.Status);
        Assert.True(message.IsSigned);
    }
}
