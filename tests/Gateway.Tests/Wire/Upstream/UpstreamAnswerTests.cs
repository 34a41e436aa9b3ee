using System.Text;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Upstream;

/// <summary>The handling of the upstream's responses: exactly one completion per call, whatever the upstream does.</summary>
[Collection(SharedGateway.Name)]
public sealed class UpstreamAnswerTests(GatewayFixture gateway)
{
    private const string NoCompletion =
        """{"type":3,"invocationId":"1","error":"Invocation failed, the upstream's response is no completion of this invocation."}""";

    private readonly string _hub = GatewayFixture.NewHub();

    private UpstreamHub Upstream => gateway.UpstreamOf(_hub);

    [Theory]
    [InlineData(200, "", """{"type":3,"invocationId":"1"}""")]
    [InlineData(200, """{"type":3,"invocationId":"1","result":3}␞""", """{"type":3,"invocationId":"1","result":3}""")]
    [InlineData(200, """{"type":3,"invocationId":"1","result":3}""", """{"type":3,"invocationId":"1","result":3}""")]
    [InlineData(200, """{"result":{"a":[1, 2]},"invocationId":"1","type":3}␞""", """{"result":{"a":[1, 2]},"invocationId":"1","type":3}""")]
    [InlineData(200, """{"type":3,"invocationId":"1","error":"ü"}␞""", """{"type":3,"invocationId":"1","error":"ü"}""")]
    [InlineData(200, """{"type":3,"invocationId":"1","result":null}␞""", """{"type":3,"invocationId":"1","result":null}""")]
    [InlineData(200, """{"type":3,"invocationId":"2","result":3}␞""", NoCompletion)]
    [InlineData(200, """{"type":3,"result":3}␞""", NoCompletion)]
    [InlineData(200, """{"type":1,"target":"x","arguments":[]}␞""", NoCompletion)]
    [InlineData(200, """{"type":3,"invocationId":"1","result":3,"error":"x"}␞""", NoCompletion)]
    [InlineData(200, """{"type":3,"invocationId":"1","result":1}␞{"type":3,"invocationId":"1","result":2}␞""", NoCompletion)]
    [InlineData(200, """{"type":3,"invocationId":"1","result":3}␞x""", NoCompletion)]
    [InlineData(200, "garbage", NoCompletion)]
    [InlineData(200, "␞", NoCompletion)]
    [InlineData(200, "3", NoCompletion)]
    [InlineData(200, "<html>OK</html>", NoCompletion)]
    [InlineData(201, "", """{"type":3,"invocationId":"1","error":"Invocation failed, status code 201"}""")]
    [InlineData(202, """{"type":3,"invocationId":"1","result":3}␞""", """{"type":3,"invocationId":"1","error":"Invocation failed, status code 202"}""")]
    [InlineData(400, "x", """{"type":3,"invocationId":"1","error":"Invocation failed, status code 400"}""")]
    [InlineData(401, "x", """{"type":3,"invocationId":"1","error":"Invocation failed, status code 401"}""")]
    [InlineData(404, "", """{"type":3,"invocationId":"1","error":"Invocation failed, status code 404"}""")]
    [InlineData(500, """{"type":3,"invocationId":"1","result":3}␞""", """{"type":3,"invocationId":"1","error":"Invocation failed, status code 500"}""")]
    [InlineData(503, "", """{"type":3,"invocationId":"1","error":"Invocation failed, status code 503"}""")]
    public async Task Json_clients_get_one_completion(int status, string body, string completion)
    {
        Upstream.AnswerMessages(status, Encoding.UTF8.GetBytes(body.Replace('␞', '\x1e')));
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal(completion, await peer.InvokeAsync("x"));
        await AssertGoesOnAsync(peer);
    }

    [Theory]
    [InlineData("", "940380a13102")]
    [InlineData("07 950380a1310303", "950380a1310303")]
    [InlineData("950380a1310303", "950380a1310303")]
    [InlineData("940380a13102", "940380a13102")]
    [InlineData("09 950380a13101a26e6f", "950380a13101a26e6f")]
    [InlineData("07 950380a1320303", null)] // another id
    [InlineData("08 950380a131030300", null)] // a byte behind the message, within its frame
    [InlineData("950380a131030300", null)]
    [InlineData("07 950380a1310303 00", null)]
    [InlineData("07 950380a13103", null)]
    [InlineData("7b7d1e", null)] // JSON
    [InlineData("ffffffff7f", null)] // a length beyond everything
    [InlineData("808080808001", null)]
    [InlineData("029106", null)]
    [InlineData("c1", null)]
    public async Task Messagepack_clients_get_one_completion(string body, string? completion)
    {
        Upstream.AnswerMessages(200, Convert.FromHexString(body.Replace(" ", "", StringComparison.Ordinal)));
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        await peer.SendAsync("950180a131a17890");
        var answer = await peer.NextAsync();
        if (completion is null)
        {
            Assert.StartsWith("950380a13101d9", answer, StringComparison.Ordinal);
            Assert.Contains("no completion of this invocation", Encoding.UTF8.GetString(Convert.FromHexString(answer)), StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(completion, answer);
        }
    }

    [Theory]
    [InlineData(405)]
    [InlineData(406)]
    [InlineData(407)]
    [InlineData(408)]
    public async Task A_bare_messagepack_completion_of_any_length_is_framed(int length)
    {
        // 95 03 can be read as the length 405, and 94 03 as 404: such a body looks framed.
        byte[] body = [0x95, 0x03, 0x80, 0xA1, (byte)'1', 0x03, 0xC5, 0, 0, .. new byte[length - 9]];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(7), (ushort)(length - 9));
        Upstream.AnswerMessages(200, body);
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        await peer.SendAsync("950180a131a17890");
        Assert.Equal(Convert.ToHexStringLower(body), await peer.NextAsync());
    }

    [Fact]
    public async Task A_json_body_that_is_no_utf8_becomes_an_error()
    {
        // A browser would end the connection over it.
        Upstream.AnswerMessages(200, [.. """{"type":3,"invocationId":"1","result":"""u8, (byte)'"', 0xFF, (byte)'"', (byte)'}', 0x1E]);
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal(NoCompletion, await peer.InvokeAsync("x"));
    }

    [Fact]
    public async Task No_content_is_a_completion_with_nothing()
    {
        Upstream.Answer = (_, context) =>
        {
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        };
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(200_000)]
    public async Task A_chunked_body_is_read_to_its_end(int length)
    {
        var result = new string('x', length);
        Upstream.Answer = async (request, context) =>
        {
            if (request.Category == "messages")
            {
                await context.Response.StartAsync();
                if (length > 0)
                {
                    await context.Response.Body.WriteAsync("""{"type":3,"invocationId":"1","result":"""u8.ToArray());
                    await context.Response.Body.FlushAsync();
                    await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"\"{result}\"}}\x1e"));
                }
            }
        };
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal(
            length == 0 ? """{"type":3,"invocationId":"1"}""" : $$"""{"type":3,"invocationId":"1","result":"{{result}}"}""",
            await peer.InvokeAsync("x"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_of_20_mb_becomes_an_error(bool declared)
    {
        Upstream.Answer = async (request, context) =>
        {
            if (request.Category == "messages" && request.Event == "big")
            {
                context.Response.ContentLength = declared ? 20_000_000 : null;
                try
                {
                    for (var i = 0; i < 20; i++)
                    {
                        await context.Response.Body.WriteAsync(new byte[1_000_000], context.RequestAborted);
                    }
                }
                catch (Exception exception) when (exception is IOException or OperationCanceledException)
                {
                    // The gateway has stopped reading the body.
                }
            }
        };
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal("""{"type":3,"invocationId":"1","error":"Invocation failed, response too large."}""", await peer.InvokeAsync("big"));
        await AssertGoesOnAsync(peer);
    }

    [Fact]
    public async Task A_body_of_several_megabytes_arrives_whole()
    {
        var body = Encoding.UTF8.GetBytes($$"""{"type":3,"invocationId":"1","result":"{{new string('x', 5_000_000)}}"}""" + "\x1e");
        Upstream.AnswerMessages(200, body);
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal(body.Length - 1, (await peer.InvokeAsync("x")).Length);
    }

    [Theory]
    [InlineData(302, "Invocation failed, status code 404")] // followed, as the emulator's HTTP client does; nothing is there
    [InlineData(304, "Invocation failed, status code 304")]
    public async Task A_redirect_to_nowhere_becomes_an_error(int status, string error)
    {
        Upstream.Answer = (request, context) =>
        {
            context.Response.StatusCode = request.Category != "messages" ? 200 : request.Target.Contains("elsewhere", StringComparison.Ordinal) ? 404 : status;
            context.Response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        };
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal($$"""{"type":3,"invocationId":"1","error":"{{error}}"}""", await peer.InvokeAsync("x"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_breaks_becomes_an_error(bool afterHeaders)
    {
        Upstream.Answer = async (request, context) =>
        {
            if (request.Event == "x")
            {
                if (afterHeaders)
                {
                    context.Response.ContentLength = 100;
                    await context.Response.Body.WriteAsync("{"u8.ToArray());
                    await context.Response.Body.FlushAsync();
                }

                context.Abort();
            }
        };
        await using var peer = await gateway.ConnectAsync(_hub);

        // A reset may overtake the headers.
        Assert.StartsWith(
            """{"type":3,"invocationId":"1","error":"Invocation failed, """ + (afterHeaders ? "" : "status code 500"),
            await peer.InvokeAsync("x"),
            StringComparison.Ordinal);
        await AssertGoesOnAsync(peer);
    }

    [Fact]
    public async Task Sends_are_never_answered()
    {
        var statuses = new Queue<int>([200, 404, 500]);
        Upstream.Answer = async (request, context) =>
        {
            if (request.Event == "send")
            {
                context.Response.StatusCode = statuses.Dequeue();
                await context.Response.Body.WriteAsync("""{"type":3,"invocationId":"1","result":3}"""u8.ToArray());
            }
        };
        await using var peer = await gateway.ConnectAsync(_hub);
        for (var i = 0; i < 3; i++)
        {
            await peer.SendAsync("""{"type":1,"target":"send","arguments":[]}""");
        }

        await AssertGoesOnAsync(peer);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_refused_connection_is_closed_with_an_error_and_no_disconnected_follows(int status)
    {
        Upstream.Answer = (request, context) =>
        {
            context.Response.StatusCode = request.Event == "connected" ? status : 200;
            return Task.CompletedTask;
        };
        await using var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync("""{"type":1,"invocationId":"1","target":"x","arguments":[]}""");
        Assert.Equal(
            $$"""{"type":7,"error":"Connection refused by the upstream, status code {{status}}."} close:1000""",
            $"{await peer.NextAsync()} {await peer.NextAsync()}");
        await peer.SendFrameAsync(Serverless.Gateway.Connections.Framing.WebSocketOpcode.Close, [0x03, 0xE8]);
        Assert.Equal("end", await peer.NextAsync());

        await Upstream.NextAsync("connected");
        Upstream.Answer = (_, _) => Task.CompletedTask;
        await using var other = await gateway.ConnectAsync(_hub);
        await Upstream.NextAsync("connected");
    }

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(415)]
    public async Task Another_answer_to_connected_is_tolerated(int status)
    {
        Upstream.Answer = (request, context) =>
        {
            context.Response.StatusCode = request.Event == "connected" ? status : 200;
            return Task.CompletedTask;
        };
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x"));
        await peer.CloseAsync();
        await Upstream.NextAsync("connected");
        await Upstream.NextAsync("x");
        await Upstream.NextAsync("disconnected");
    }

    [Fact]
    public async Task What_a_function_sends_to_its_caller_comes_before_the_calls_result()
    {
        var rest = gateway.Rest();
        Upstream.Answer = async (request, context) =>
        {
            if (request.Event == "x")
            {
                await rest.SendMessageAsync($"/api/hubs/{_hub}/connections/{request.ConnectionId}/:send", "first");
                await rest.SendMessageAsync($"/api/hubs/{_hub}/:send", "second");
                await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes("""{"type":3,"invocationId":"1","result":3}""" + "\x1e"));
            }
        };
        await using var peer = await gateway.ConnectAsync(_hub);
        Assert.Equal("""{"type":1,"target":"first","arguments":[]}""", await peer.InvokeAsync("x"));
        Assert.Equal("""{"type":1,"target":"second","arguments":[]}""", await peer.NextAsync());
        Assert.Equal("""{"type":3,"invocationId":"1","result":3}""", await peer.NextAsync());
    }

    // Asserts that the connection still works.
    private async Task AssertGoesOnAsync(HubPeer peer)
    {
        Upstream.Answer = (_, _) => Task.CompletedTask;
        Assert.Equal("""{"type":3,"invocationId":"2"}""", await peer.InvokeAsync("again", id: "2"));
    }
}
