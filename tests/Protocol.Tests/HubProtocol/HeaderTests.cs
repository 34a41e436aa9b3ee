using System.Text;

namespace Serverless.Protocol.Tests;

/// <summary>Looking for one header in a message that has been read.</summary>
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
}
