using System.Text;

namespace Serverless.Protocol.Tests.Upstream;

public class UpstreamBodiesTests
{
    [Fact]
    public void Connected_is_a_type_and_nothing_else() =>
        Assert.Equal("""{"type":10}""", Encoding.UTF8.GetString(UpstreamBodies.ConnectedBody.Span));

    [Theory]
    [InlineData(null, """{"type":11}""")]
    [InlineData("", """{"type":11,"error":""}""")]
    [InlineData("gone: \"ü\"", """{"type":11,"error":"gone: \"ü\""}""")]
    public void Disconnected_has_an_error_only_when_there_is_one(string? error, string body)
    {
        Assert.Equal(body, Encoding.UTF8.GetString(UpstreamBodies.Disconnected(error).Span));
        Assert.True(UpstreamBodies.TryParseDisconnected(Encoding.UTF8.GetBytes(body), out var read));
        Assert.Equal(error, read);
    }

    [Theory]
    [InlineData("""{"Type":11}""", null)]
    [InlineData("""{"Type":11,"Error":"text"}""", "text")]
    [InlineData("""{"ERROR":"text","x":{"error":"no","type":10},"TYPE":11}""", "text")]
    [InlineData("""{"type":11,"error":null}""", null)]
    public void Disconnected_is_read_without_regard_to_case_order_and_unknown_names(string body, string? error)
    {
        Assert.True(UpstreamBodies.TryParseDisconnected(Encoding.UTF8.GetBytes(body), out var read));
        Assert.Equal(error, read);
        Assert.False(UpstreamBodies.TryParseConnected(Encoding.UTF8.GetBytes(body)));
    }

    [Theory]
    [InlineData("""{"type":10}""", true)]
    [InlineData(""" { "Type" : 10 } """, true)]
    [InlineData("""{"type":11}""", false)]
    [InlineData("""{"type":"10"}""", false)]
    [InlineData("""{"type":10}{}""", false)]
    [InlineData("""{"type":10""", false)]
    [InlineData("""{"type":{}}""", false)]
    [InlineData("""{"\ud800":1,"type":10}""", false)]
    [InlineData("[10]", false)]
    [InlineData("{}", false)]
    [InlineData("x", false)]
    [InlineData("", false)]
    public void Only_a_whole_object_of_type_ten_is_connected(string body, bool connected) =>
        Assert.Equal(connected, UpstreamBodies.TryParseConnected(Encoding.UTF8.GetBytes(body)));
}
