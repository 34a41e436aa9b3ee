using System.Text;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Management;

/// <summary>Bodies of send requests: the official SDK's recorded ones, and invalid ones.</summary>
[Collection(SharedGateway.Name)]
public sealed class ManagementBodyTests(GatewayFixture gateway)
{
    private const int MaxBytes = 1024 * 1024;

    private readonly string _hub = GatewayFixture.NewHub();
    private readonly RestCaller _rest = gateway.Rest();

    private string Path => $"/api/hubs/{_hub}/:send?api-version=2022-06-01";

    // docs/contract/rest-api.md#recorded-sdk-requests and docs/contract/rest-api.md#message-body
    [Theory]
    [InlineData(
        "application/json; charset=utf-8", """{"Target":"target","Arguments":["a",1,{"Aa":1}]}""",
        """{"type":1,"target":"target","arguments":["a",1,{"Aa":1}]}""", "960180c0a674617267657493a1610181a241610190")]
    [InlineData(
        "application/json; charset=utf-8", """{"Target":"target","Arguments":[]}""",
        """{"type":1,"target":"target","arguments":[]}""", "960180c0a67461726765749090")]
    [InlineData(
        "application/octet-stream",
        "0x82A46A736F6EC43A7B2274797065223A312C22746172676574223A22746172676574222C22617267756D656E7473223A5B2261222C312C7B226161223A317D5D7D1EAB6D6573736167657061636BC41615960180C0A674617267657493A1610181A241610190",
        """{"type":1,"target":"target","arguments":["a",1,{"aa":1}]}""", "960180c0a674617267657493a1610181a241610190")]
    [InlineData(
        "application/octet-stream",
        "0x82A46A736F6EC42C7B2274797065223A312C22746172676574223A22746172676574222C22617267756D656E7473223A5B5D7D1EAB6D6573736167657061636BC40E0D960180C0A67461726765749090",
        """{"type":1,"target":"target","arguments":[]}""", "960180c0a67461726765749090")]
    public async Task What_the_sdk_sends_reaches_clients_of_both_protocols(string mediaType, string body, string json, string messagePack)
    {
        await using var jsonPeer = await gateway.ConnectAsync(_hub);
        await using var messagePackPeer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        var bytes = body.StartsWith("0x", StringComparison.Ordinal) ? Convert.FromHexString(body[2..]) : Encoding.UTF8.GetBytes(body);
        var token = RestCaller.Token(Path, audience: $"http://127.0.0.1/api/hubs/{_hub}/:send?api-version=2022-06-01");

        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(
            $"POST {Path}&excluded=c%201&excluded=c2 HTTP/1.1\r\n"
            + "Asrs-User-Agent: Microsoft.Azure.SignalR.Management/1.29.1 (.NET 10.0.12; Debian GNU/Linux 12 (bookworm); X64)\r\n"
            + $"Authorization: Bearer {token}\r\nContent-Type: {mediaType}\r\nHost: {gateway.Address.Authority}\r\nTransfer-Encoding: chunked\r\n\r\n");
        await connection.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes($"{bytes.Length:X}\r\n"), .. bytes, .. "\r\n0\r\n\r\n"u8]);
        var response = await connection.ReadResponseAsync();

        Assert.Equal(202, response.Status);
        Assert.Equal(json, await jsonPeer.NextAsync());
        Assert.Equal(messagePack, await messagePackPeer.NextAsync());
    }

    [Theory]
    [InlineData("""{"target":"m"}""", """{"type":1,"target":"m","arguments":[]}""")]
    [InlineData("""{"target":"m","arguments":null}""", """{"type":1,"target":"m","arguments":[]}""")]
    [InlineData(""" { "ARGUMENTS" : [ 1 , "ü" ] , "x" : {} , "TARGET" : "m" } """, """{"type":1,"target":"m","arguments":[ 1 , "ü" ]}""")]
    [InlineData("""{"target":"\u00fc\"","arguments":["\ud800"]}""", """{"type":1,"target":"ü\"","arguments":["\ud800"]}""")]
    [InlineData("""{"target":"m","arguments":[1.10,1e5,123456789012345678901234567890]}""", """{"type":1,"target":"m","arguments":[1.10,1e5,123456789012345678901234567890]}""")]
    public async Task Json_bodies_are_taken_in_every_spelling(string body, string message)
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        await using var messagePack = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        var answer = await _rest.SendAsync("POST", Path, body);
        Assert.Equal((202, null), (answer.Status, answer.Code));
        Assert.Equal(message, await peer.NextAsync());
        Assert.StartsWith("960180c0", await messagePack.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_whose_protocol_is_not_in_a_binary_body_gets_nothing()
    {
        await using var json = await gateway.ConnectAsync(_hub);
        await using var messagePack = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        byte[] onlyMessagePack = [0x81, 0xAB, .. "messagepack"u8, 0xC4, 0x0B, .. Convert.FromHexString("0a960180c0a26869910190")];
        Assert.Equal(202, (await _rest.SendAsync("POST", Path, RestCaller.Content(onlyMessagePack, "application/octet-stream"))).Status);
        await _rest.SendMessageAsync(Path, "end");
        Assert.Equal("960180c0a26869910190", await messagePack.NextAsync());
        Assert.Equal("""{"type":1,"target":"end","arguments":[]}""", await json.NextAsync());
    }

    // Binary data, a 32-bit float, a timestamp; and a map with a key that JSON cannot represent, of which JSON clients receive nothing.
    [Theory]
    [InlineData("")]
    [InlineData("/users/u")]
    [InlineData("/groups/g")]
    [InlineData("/connections/{id}")]
    public async Task A_messagepack_body_reaches_messagepack_clients_untouched(string of)
    {
        const string Values = "93C4020102CA3FC00000D6FF00000001";
        const string OnlyMessagePack = "9181C301";
        var (messagePack, id) = await gateway.ConnectKnownAsync(_hub, "u", HubProtocol.MessagePack);
        await using var one = messagePack;
        var (json, jsonId) = await gateway.ConnectKnownAsync(_hub, "u");
        await using var two = json;
        foreach (var member in new[] { id, jsonId })
        {
            await _rest.StatusAsync("PUT", $"/api/hubs/{_hub}/groups/g/connections/{member}?api-version=2022-06-01");
        }

        var path = $"/api/hubs/{_hub}{of}/:send?api-version=2022-06-01";
        foreach (var receiver in of.Contains("{id}", StringComparison.Ordinal) ? [id, jsonId] : new[] { "" })
        {
            foreach (var values in new[] { OnlyMessagePack, Values })
            {
                var body = Convert.FromHexString($"82A6746172676574A174A9617267756D656E7473{values}");
                var sent = await _rest.SendAsync("POST", path.Replace("{id}", receiver, StringComparison.Ordinal), RestCaller.Content(body, "application/x-msgpack"));
                Assert.Equal(202, sent.Status);
            }
        }

        Assert.Equal($"960180C0A174{OnlyMessagePack}90", await messagePack.NextAsync(), ignoreCase: true);
        Assert.Equal($"960180C0A174{Values}90", await messagePack.NextAsync(), ignoreCase: true);
        Assert.Equal("""{"type":1,"target":"t","arguments":["AQI=",1.5,"1970-01-01T00:00:01Z"]}""", await json.NextAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"target":""}""")]
    [InlineData("""{"target":null}""")]
    [InlineData("""{"target":1}""")]
    [InlineData("""{"target":"\ud800"}""")]
    [InlineData("""{"target":"m","arguments":{}}""")]
    [InlineData("""{"target":"m","arguments":[1}""")]
    [InlineData("""{"target":"m","arguments":[1]""")]
    [InlineData("""{"target":"m"} x""")]
    [InlineData("""{"target":"m",}""")]
    public async Task A_json_body_that_is_no_message_is_400_and_nobody_gets_anything(string body)
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        var answer = await _rest.SendAsync("POST", Path, body);
        Assert.Equal((400, "Error.Request.Invalid", "body"), (answer.Status, answer.Code, answer.Detail("target")));
        await AssertGotNothingAsync(peer);
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("c0")]
    [InlineData("81a46a736f6e")]
    [InlineData("81a46a736f6ea17b")] // text for binary
    [InlineData("81a46a736f6ec4027b7d")] // no terminator
    [InlineData("81a46a736f6ec4037b7d1e")] // no invocation
    [InlineData("81a46a736f6ec40a7b2274797065223a367d1e")] // cut off
    [InlineData("81a46a736f6ec40b7b2274797065223a367d1e")] // a ping, cut off
    [InlineData("81a46a736f6ec40d7b2274797065223a367d1e7b7d1e")] // two messages
    [InlineData("81a178c400")] // a protocol that nobody speaks
    [InlineData("81ab6d6573736167657061636bc4030291060000")] // a ping, and more
    [InlineData("81ab6d6573736167657061636bc40c0b960180c0a2686991019000")] // a byte behind the array
    [InlineData("dfffffffff")]
    public async Task A_binary_body_that_is_no_map_of_invocations_is_400(string hex)
    {
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        var answer = await _rest.SendAsync("POST", Path, RestCaller.Content(Convert.FromHexString(hex), "application/octet-stream"));
        Assert.Equal((400, "Error.Request.Invalid"), (answer.Status, answer.Code));
        await AssertGotNothingAsync(peer);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task Another_media_type_is_415(string mediaType)
    {
        var answer = await _rest.SendAsync("POST", Path, RestCaller.Content("""{"target":"m"}"""u8.ToArray(), mediaType));
        Assert.Equal((415, "Error.Request.UnsupportedMediaType"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_body_that_is_no_utf8_is_400_and_no_client_is_hurt()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        byte[] body = [.. """{"target":"m","arguments":["""u8, (byte)'"', 0xFF, 0xFE, (byte)'"', .. "]}"u8];
        Assert.Equal(400, (await _rest.SendAsync("POST", Path, RestCaller.Content(body, "application/json"))).Status);
        await AssertGotNothingAsync(peer);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_one_megabyte_is_taken_and_one_byte_more_is_413(bool chunked)
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal(202, (await SendAsync(MaxBytes)).Status);
        Assert.Equal(MaxBytes + """{"type":1,"target":"m","arguments":[""]}""".Length - """{"target":"m","arguments":[""]}""".Length, (await peer.NextAsync()).Length);

        var refused = await SendAsync(MaxBytes + 1);
        Assert.Equal((413, "Error.Request.TooLarge"), (refused.Status, refused.Code));
        await AssertGotNothingAsync(peer);

        async Task<RestAnswer> SendAsync(int length)
        {
            var body = Encoding.ASCII.GetBytes($$"""{"target":"m","arguments":["{{new string('x', length - 31)}}"]}""");
            Assert.Equal(length, body.Length);
            using var content = RestCaller.Content(body, "application/json");
            content.Headers.ContentLength = chunked ? null : body.Length;
            return await _rest.SendAsync("POST", Path, chunked ? new StreamContent(new OneWayStream(body)) { Headers = { ContentType = new("application/json") } } : content);
        }
    }

    [Fact]
    public async Task A_body_of_20_mb_is_413_without_being_read_to_its_end()
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(
            $"POST {Path} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nAuthorization: Bearer {RestCaller.Token(Path)}\r\n"
            + "Content-Type: application/json\r\nContent-Length: 20000000\r\n\r\n{");
        Assert.Equal(413, (await connection.ReadResponseAsync()).Status);
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_nobodys_message()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(
            $"POST {Path} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nAuthorization: Bearer {RestCaller.Token(Path)}\r\n"
            + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"target\":\"m\"}");
        connection.Break();
        await AssertGotNothingAsync(peer);
    }

    private async Task AssertGotNothingAsync(HubPeer peer)
    {
        await _rest.SendMessageAsync(Path, "end");
        Assert.Equal(peer.Protocol.IsBinary ? "960180c0a3656e649090" : """{"type":1,"target":"end","arguments":[]}""", await peer.NextAsync());
    }

    /// <summary>A stream of unknown length, so that it is sent in chunks.</summary>
    private sealed class OneWayStream(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public override bool CanSeek => false;
    }
}
