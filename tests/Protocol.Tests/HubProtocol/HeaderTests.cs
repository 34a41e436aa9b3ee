using System.Text;

namespace Serverless.Protocol.Tests;

/// <summary>Finding a header in a message that has been read.</summary>
public class HeaderTests
{
    [Theory]
    [InlineData("""{"a":"1","traceparent":"x","b":"2"}""", "x")]
    [InlineData("""{"traceparent":"é"}""", "é")]
    [InlineData("""{"trace\u0070arent":"x"}""", "x")]
    [InlineData("""{"a":{"traceparent":"no"},"traceparent":"x"}""", "x")]
    [InlineData("""{"Traceparent":"x"}""", null)]
    [InlineData("""{"a":"traceparent"}""", null)]
    [InlineData("""{"traceparent":1}""", null)]
    [InlineData("""{"traceparent":null}""", null)]
    [InlineData("""{"traceparent":["x"]}""", null)]
    [InlineData("""{"traceparent":"\ud800"}""", null)]
    public void Json(string headers, string? value)
    {
        var message = HubProtocol.Json.Read(Encoding.UTF8.GetBytes($$"""{"type":1,"headers":{{headers}},"target":"m","arguments":[]}"""));
        Assert.Equal(value, HubProtocol.Json.FindHeader(message.Headers, "traceparent"));
    }

    [Theory]
    [InlineData("82 A161 A131 AB7472616365706172656E74 A178", "x")]
    [InlineData("82 AB7472616365706172656E74 A178 A161 A131", "x")]
    [InlineData("81 AB7472616365706172656E74 A0", "")]
    [InlineData("81 A161 AB7472616365706172656E74", null)]
    public void MessagePack(string headers, string? value)
    {
        // [1, headers, nil, "m", []]
        var message = HubProtocol.MessagePack.Read(Convert.FromHexString($"9501{headers.Replace(" ", "", StringComparison.Ordinal)}C0A16D90"));
        Assert.Equal(value, HubProtocol.MessagePack.FindHeader(message.Headers, "traceparent"));
    }

    // Other headers are forwarded as they were written.
    [Theory]
    [InlineData("""{"a":"b", "c":"d"}""", """{"a":"b", "c":"d"}""")]
    [InlineData("""{"Authorization":"Bearer x"}""", "{}")]
    [InlineData("""{"authorization":"Bearer x","a":"b"}""", """{"a":"b"}""")]
    [InlineData("""{"a":"b","AUTHORIZATION":"x","c":"d"}""", """{"a":"b","c":"d"}""")]
    [InlineData("""{"a":"b","\u0041uthorization":"x"}""", """{"a":"b"}""")]
    [InlineData("""{"a":"b","Authorization":{"x":1}}""", """{"a":"b"}""")]
    [InlineData("""{"\ud800":"b","Authorization":"x"}""", """{"\ud800":"b"}""")]
    [InlineData("""{"Authorization-Kind":"b"}""", """{"Authorization-Kind":"b"}""")]
    public void Json_goes_upstream_without_authorization(string headers, string forwarded)
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"type":1,"headers":{{headers}},"target":"m","arguments":[]}""");
        var body = MessageText.Written(output =>
        {
            var message = HubProtocol.Json.Read(bytes);
            HubProtocol.Json.WriteUpstreamBody(output, in message);
        });
        Assert.Equal($$"""{"type":1,"headers":{{forwarded}},"target":"m","arguments":[]}""", Encoding.UTF8.GetString(body));
    }

    [Theory]
    [InlineData("81 A161 A162", "81a161a162")]
    [InlineData("81 AD417574686F72697A6174696F6E A178", "80")]
    [InlineData("82 AD617574686F72697A6174696F6E A178 A161 A162", "81a161a162")]
    [InlineData("82 A161 A162 AD617574686F72697A6174696F6E A178", "81a161a162")]
    public void MessagePack_goes_upstream_without_authorization(string headers, string forwarded)
    {
        var bytes = Convert.FromHexString($"9501{headers.Replace(" ", "", StringComparison.Ordinal)}C0A16D90");
        var body = MessageText.Written(output =>
        {
            var message = HubProtocol.MessagePack.Read(bytes);
            HubProtocol.MessagePack.WriteUpstreamBody(output, in message);
        });
        Assert.Equal($"9601{forwarded}c0a16d9090", MessageText.Hex(body));
    }
}
