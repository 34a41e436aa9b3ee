using System.Buffers;
using System.Text;
using Serverless.Gateway.Backplane.Redis;

namespace Serverless.Gateway.Tests.Backplane;

public sealed class RedisProtocolTests
{
    [Theory]
    [InlineData("+OK\r\n", "+OK")]
    [InlineData("-ERR no\r\n", "-ERR no")]
    [InlineData(":42\r\n", ":42")]
    [InlineData("$5\r\na\r\nbc\r\n", "$a\r\nbc")]
    [InlineData("$0\r\n\r\n", "$")]
    [InlineData("$-1\r\n", "_")]
    [InlineData("=8\r\ntxt:id=1\r\n", "=id=1")]
    [InlineData("_\r\n", "_")]
    [InlineData("*2\r\n:1\r\n*1\r\n+x\r\n", "*[:1,*[+x]]")]
    [InlineData(">3\r\n+message\r\n$1\r\nc\r\n$2\r\nhi\r\n", ">[+message,$c,$hi]")]
    [InlineData("%1\r\n+a\r\n:1\r\n", "%[+a,:1]")]
    [InlineData("*-1\r\n", "_")]
    public void Values_are_read_however_they_are_cut(string text, string expected)
    {
        var bytes = Encoding.ASCII.GetBytes(text + "+next\r\n");
        for (var length = 0; length < bytes.Length - 7; length++)
        {
            var part = new ReadOnlySequence<byte>(bytes, 0, length);
            Assert.False(RespReader.TryRead(ref part, out _));
            Assert.Equal(length, part.Length);
        }

        var all = new ReadOnlySequence<byte>(bytes);
        Assert.True(RespReader.TryRead(ref all, out var value));
        Assert.Equal(expected, Show(value));
        Assert.True(RespReader.TryRead(ref all, out value));
        Assert.Equal("+next", Show(value));
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("$x\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("*99999999999\r\n")]
    [InlineData("\r\n")]
    public void What_is_no_value_is_refused(string text)
    {
        var bytes = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(text));
        Assert.Throws<InvalidDataException>(() => RespReader.TryRead(ref bytes, out _));
    }

    [Fact]
    public void Lists_within_lists_have_a_limit()
    {
        var bytes = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("*1\r\n", 100))));
        Assert.Throws<InvalidDataException>(() => RespReader.TryRead(ref bytes, out _));
    }

    [Theory]
    [InlineData("localhost:6379", "localhost 6379   False False ")]
    [InlineData("r.example.com:6380,ssl=true,user=u,password=p=w=", "r.example.com 6380 u p=w= True False ")]
    [InlineData("[::1]:6379, password=x", "::1 6379  x False False ")]
    [InlineData("r:10000,ssl=true,auth=entra,clientId=c", "r 10000   True True c")]
    public void A_setting_names_server_and_login(string text, string expected)
    {
        Assert.True(RedisAddress.TryParse(text, out var address));
        Assert.Equal(expected, $"{address.Host} {address.Port} {address.User} {address.Password} {address.Ssl} {address.UsesEntra} {address.ClientId}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData(":6379")]
    [InlineData("localhost:0")]
    [InlineData("localhost:99999")]
    [InlineData("localhost:6379,what=ever")]
    [InlineData("localhost:6379,ssl=maybe")]
    [InlineData("localhost:6379,password=")]
    [InlineData("localhost:6379,auth=entra")] // a token needs TLS
    public void A_setting_that_names_none_is_refused(string text) => Assert.False(RedisAddress.TryParse(text, out _));

    private static string Show(RespValue value) => value.Kind is '*' or '>' or '%'
        ? $"{value.Kind}[{string.Join(',', value.Items.Select(Show))}]"
        : value.Kind + value.Text;
}
