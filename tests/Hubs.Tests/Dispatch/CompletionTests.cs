using System.Text;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>Calls and their responses as bytes, for both hub protocols.</summary>
public class CompletionTests
{
    [Theory]
    [InlineData("Echo", """["x"]""", "\"result\":\"x\"")]
    [InlineData("Echo", """["\u00fc \ud83d\ude00 \" \u001e"]""", "\"result\":\"ü \\uD83D\\uDE00 \\\" \\u001E\"")]
    [InlineData("eCHO", """[ "x" ]""", "\"result\":\"x\"")]
    [InlineData("Add", "[1,2]", "\"result\":3")]
    [InlineData("Mirror", """[{"x":1.5,"Y":-2,"z":{}}]""", "\"result\":{\"x\":-1.5,\"y\":2}")]
    [InlineData("Nothing", "[]", "\"result\":null")]
    [InlineData("NothingEither", "[]", "\"result\":null")]
    [InlineData("Void", "[null]", "\"result\":null")]
    [InlineData("Bytes", """["AQI="]""", "\"result\":\"AQL/\"")]
    [InlineData("Ticks", """["1970-01-01T00:00:00.0000001Z"]""", "\"result\":\"621355968000000001 Utc\"")]
    [InlineData("Double", "[1.5]", "\"result\":1.5")]
    [InlineData("Double", """["NaN"]""", "\"error\":\"Failed to invoke 'Double' due to an error on the server.\"")]
    [InlineData("Big", "[18446744073709551615]", "\"result\":18446744073709551615")]
    [InlineData("Paint", "[1]", "\"result\":1")]
    [InlineData("Paint", "[null]", "\"result\":null")]
    [InlineData("Table", """[{"a":[1,2],"":[]}]""", "\"result\":{\"a\":[1,2],\"\":[]}")]
    [InlineData("Raw", """[[1,{"a":null}]]""", "\"result\":[1,{\"a\":null}]")]
    [InlineData("Null", "[null]", "\"result\":null")]
    [InlineData("SAY-HI", "[]", "\"result\":\"hi\"")]
    [InlineData("Echo", "[]", "\"error\":\"Failed to invoke 'Echo' due to an error on the server.\"")]
    [InlineData("Add", "[1,2,3]", "\"error\":\"Failed to invoke 'Add' due to an error on the server.\"")]
    [InlineData("Add", """[1,"2"]""", "\"error\":\"Failed to invoke 'Add' due to an error on the server.\"")]
    [InlineData("Add", "[1,null]", "\"error\":\"Failed to invoke 'Add' due to an error on the server.\"")]
    [InlineData("Add", "[1,2147483648]", "\"error\":\"Failed to invoke 'Add' due to an error on the server.\"")]
    [InlineData("Echo", "[5]", "\"error\":\"Failed to invoke 'Echo' due to an error on the server.\"")]
    [InlineData("Echo", """["\ud800"]""", "\"error\":\"Failed to invoke 'Echo' due to an error on the server.\"")]
    [InlineData("Echo", "[null]", "\"result\":null")]
    [InlineData("Paint", """["red"]""", "\"error\":\"Failed to invoke 'Paint' due to an error on the server.\"")]
    [InlineData("Bytes", """["?"]""", "\"error\":\"Failed to invoke 'Bytes' due to an error on the server.\"")]
    public async Task A_json_call_is_answered_with_a_framed_completion(string target, string arguments, string outcome)
    {
        await using var host = new HubHost(hubs => hubs.AddHub<EchoHub>());

        var response = await host.InvokeAsync(
            "echohub", target, $$"""{"type":1,"invocationId":"1","target":"{{target}}","arguments":{{arguments}}}""");

        Assert.Equal($"{{\"type\":3,\"invocationId\":\"1\",{outcome}}}\u001e", Encoding.UTF8.GetString(response.Body.Span));
        Assert.Equal(200, response.Status);
        Assert.Null(response.ContentType);
    }

    // [1, {}, "1", target, arguments, []] against [3, {}, "1", 3, result] or [3, {}, "1", 1, error], the latter with its length prefix.
    [Theory]
    [InlineData("Echo", "91A178", "03A178")]
    [InlineData("Add", "920102", "0303")]
    [InlineData("Add", "92D3FFFFFFFFFFFFFFFFCC80", "037F")]
    [InlineData("Mirror", "9182A158CA3FC00000A159FE", "0382A158CBBFF8000000000000A159CB4000000000000000")]
    [InlineData("Nothing", "90", "03C0")]
    [InlineData("Void", "91C0", "03C0")]
    [InlineData("Bytes", "91C4020102", "03C4030102FF")]
    [InlineData("Ticks", "91D6FF00000000", "03B6363231333535393638303030303030303030205574" + "63")]
    [InlineData("Double", "91CB7FF8000000000000", "03CB7FF8000000000000")]
    [InlineData("Double", "9105", "03CB4014000000000000")]
    [InlineData("Big", "91CFFFFFFFFFFFFFFFFF", "03CFFFFFFFFFFFFFFFFF")]
    [InlineData("Paint", "91A5477265656E", "03A5477265656E")]
    [InlineData("Paint", "91C0", "03C0")]
    [InlineData("Echo", "91C0", "03C0")]
    [InlineData("Table", "9181A16192CC01CD0002", "0381A161920102")]
    [InlineData("Null", "91C0", "03C0")]
    public async Task A_messagepack_call_reads_the_same_types_and_is_answered_in_messagepack(string target, string arguments, string outcome)
    {
        await using var host = new HubHost(hubs => hubs.AddHub<EchoHub>());

        var response = await host.SendAsync("echohub", "messages", target, Call(target, arguments), "application/x-msgpack");

        var completion = $"9503" + "80" + "A131" + outcome;
        Assert.Equal($"{completion.Length / 2:X2}{completion}", Convert.ToHexString(response.Body.Span));
    }

    [Theory]
    [InlineData("Add", "9101")]
    [InlineData("Add", "9201A132")]
    [InlineData("Add", "9201CB3FF8000000000000")]
    [InlineData("Table", "9181059101")]
    [InlineData("Paint", "9101")]
    public async Task A_messagepack_call_that_does_not_fit_gets_an_error_completion(string target, string arguments)
    {
        await using var host = new HubHost(hubs => hubs.AddHub<EchoHub>());

        var response = await host.SendAsync("echohub", "messages", target, Call(target, arguments), "application/x-msgpack; charset=x");

        var text = Encoding.UTF8.GetBytes($"Failed to invoke '{target}' due to an error on the server.");
        var completion = $"950380A13101D9{text.Length:X2}{Convert.ToHexString(text)}";
        Assert.Equal($"{completion.Length / 2:X2}{completion}", Convert.ToHexString(response.Body.Span));
    }

    [Theory]
    [InlineData("Echo", "[]", "InvalidDataException: Invocation provides 0 argument(s) but target expects 1.")]
    [InlineData("Add", """[1,"2"]""", "InvalidDataException: Error binding arguments. Make sure that the types of the provided values match the types of the hub method being invoked.")]
    public async Task Detailed_errors_name_the_cause(string target, string arguments, string cause)
    {
        await using var host = new HubHost(hubs => hubs.AddHub<EchoHub>(options => options.EnableDetailedErrors = true));

        var response = await host.InvokeAsync(
            "echohub", target, $$"""{"type":1,"invocationId":"1","target":"{{target}}","arguments":{{arguments}}}""");

        Assert.Contains(cause, Encoding.UTF8.GetString(response.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_references_example_gives_the_references_bytes()
    {
        await using var host = new HubHost(hubs => hubs.AddHub<EchoHub>());

        var response = await host.SendAsync(
            "echohub", "messages", "add", Convert.FromHexString("960180A131A361646492010290"), "application/x-msgpack");

        Assert.Equal("07950380A1310303", Convert.ToHexString(response.Body.Span));
    }

    [Theory]
    [InlineData("""{"type":1,"target":"Echo","arguments":["x"]}""")]
    [InlineData("""{"type":1,"invocationId":null,"target":"Echo","arguments":["x"]}""")]
    [InlineData("""{"type":1,"target":"Echo","arguments":[1,2,3]}""")]
    public async Task A_send_is_answered_with_nothing_also_when_it_fails(string body)
    {
        await using var host = new HubHost(hubs => hubs.AddHub<EchoHub>());

        var response = await host.InvokeAsync("echohub", "Echo", body);

        Assert.Equal(200, response.Status);
        Assert.Equal(0, response.Body.Length);
    }

    [Fact]
    public async Task A_call_for_a_stream_is_told_that_there_is_none()
    {
        await using var host = new HubHost(hubs => hubs.AddHub<EchoHub>());

        var response = await host.InvokeAsync("echohub", "Echo", """{"type":4,"invocationId":"7","target":"Echo","arguments":["x"]}""");

        using var body = new MemoryStream();
        await response.CopyToAsync(body);
        Assert.Equal(
            "{\"type\":3,\"invocationId\":\"7\",\"error\":\"The client attempted to invoke the non-streaming 'Echo' method with a streaming invocation.\"}\u001e",
            Encoding.UTF8.GetString(body.ToArray()));
    }

    private static byte[] Call(string target, string arguments) =>
        Convert.FromHexString($"960180A131{0xA0 + target.Length:X2}{Convert.ToHexString(Encoding.UTF8.GetBytes(target))}{arguments}90");
}
