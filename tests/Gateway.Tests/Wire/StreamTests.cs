using System.Text;
using Microsoft.AspNetCore.Http;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire;

/// <summary>A client's <c>stream()</c>: what the upstream writes reaches the client as it comes.</summary>
[Collection(SharedGateway.Name)]
public sealed class StreamTests(GatewayFixture gateway)
{
    private readonly string _hub = GatewayFixture.NewHub();

    private UpstreamHub Upstream => gateway.UpstreamOf(_hub);

    [Theory]
    [InlineData("1\n{\"a\":\"é\"}\n", "[]\n")]
    [InlineData("{\"type\":2,\"invocationId\":\"s\",\"item\":1}\u001e{\"type\":2,\"invocationId\":\"s\",\"item\":{\"a\":\"é\"}}\u001e", "{\"type\":2,\"invocationId\":\"s\",\"item\":[]}\u001e{\"type\":3,\"invocationId\":\"s\"}\u001e")]
    public async Task Items_arrive_before_the_answer_ends_and_other_calls_are_answered_meanwhile(string first, string rest)
    {
        Upstream.Answer = async (request, context) =>
        {
            if (request.Event == "count")
            {
                await WriteAsync(context, first);
                await Upstream.Gate;
                await WriteAsync(context, rest);
            }
        };
        await using var peer = await gateway.ConnectAsync(_hub);
        await StreamAsync(peer, "count");
        Assert.Equal("""{"type":2,"invocationId":"s","item":1}""", await peer.NextAsync());
        Assert.Equal("""{"type":2,"invocationId":"s","item":{"a":"é"}}""", await peer.NextAsync());
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("other"));
        Upstream.LetGo();
        Assert.Equal("""{"type":2,"invocationId":"s","item":[]}""", await peer.NextAsync());
        Assert.Equal("""{"type":3,"invocationId":"s"}""", await peer.NextAsync());
    }

    [Fact]
    public async Task Messagepack_clients_get_lines_transcoded()
    {
        Upstream.Answer = (request, context) => request.Event == "count" ? WriteAsync(context, "1\n\"a\"") : Task.CompletedTask;
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        await peer.SendAsync("960480a173a5636f756e749090");
        Assert.Equal("940280a17301", await peer.NextAsync());
        Assert.Equal("940280a173a161", await peer.NextAsync());
        Assert.Equal("940380a17302", await peer.NextAsync());
    }

    [Fact]
    public async Task The_upstream_is_told_that_it_is_a_stream()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        await Upstream.NextAsync("connected");
        await StreamAsync(peer, "count");
        Assert.Equal("""{"type":4,"invocationId":"s","target":"count","arguments":[]}""", (await Upstream.NextAsync("count")).Text);
    }

    [Fact]
    public async Task A_cancel_aborts_the_upstreams_request_and_completes_the_stream()
    {
        var aborted = EndlessStream();
        await using var peer = await gateway.ConnectAsync(_hub);
        await StreamAsync(peer, "count");
        Assert.Equal("""{"type":2,"invocationId":"s","item":1}""", await peer.NextAsync());
        await peer.SendAsync("""{"type":5,"invocationId":"another"}"""); // ignored
        await peer.SendAsync("""{"type":5,"invocationId":"s"}""");
        Assert.Equal("""{"type":3,"invocationId":"s"}""", await peer.NextAsync());
        await aborted.WaitAsync(Waits.Limit);
        await peer.SendAsync("""{"type":5,"invocationId":"s"}"""); // too late, ignored
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("other"));
    }

    [Fact]
    public async Task A_client_that_leaves_aborts_its_streams_before_its_disconnected_event()
    {
        var aborted = EndlessStream();
        var peer = await gateway.ConnectAsync(_hub);
        await StreamAsync(peer, "count");
        await peer.NextAsync();
        await peer.CloseAsync();
        await aborted.WaitAsync(Waits.Limit);
        await Upstream.NextAsync("connected");
        await Upstream.NextAsync("count");
        await Upstream.NextAsync("disconnected");
    }

    [Fact]
    public async Task A_client_that_does_not_read_slows_the_upstream_and_loses_nothing()
    {
        const int Items = 500;
        var written = 0;
        var item = '"' + new string('x', 64 * 1024) + '"';
        Upstream.Answer = async (request, context) =>
        {
            for (var i = 0; request.Event == "count" && i < Items; i++)
            {
                await WriteAsync(context, item + "\n");
                Volatile.Write(ref written, i);
            }
        };
        await using var peer = await HubPeer.ConnectAsync(
            gateway.Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json, receiveBuffer: 16 * 1024);
        await StreamAsync(peer, "count");
        await Waits.UntilAsync(() => Volatile.Read(ref written) > 40, "the upstream has written more than the outbox holds");
        for (var i = 0; i < Items; i++)
        {
            Assert.Equal($$"""{"type":2,"invocationId":"s","item":{{item}}}""", await peer.NextAsync());
        }

        Assert.Equal("""{"type":3,"invocationId":"s"}""", await peer.NextAsync());
    }

    [Theory]
    [InlineData("1\n2\nthree\n4\n")]
    [InlineData("{\"type\":2,\"invocationId\":\"s\",\"item\":1}\u001e{\"type\":2,\"invocationId\":\"s\",\"item\":2}\u001e{\"type\":2,\"invocationId\":\"t\",\"item\":3}\u001e")]
    [InlineData("{\"type\":2,\"invocationId\":\"s\",\"item\":1}\u001e{\"type\":2,\"invocationId\":\"s\",\"item\":2}\u001e{\"type\":2,")]
    public async Task A_stream_that_goes_wrong_ends_in_an_error_behind_its_good_items(string body)
    {
        Upstream.Answer = (request, context) => request.Event == "count" ? WriteAsync(context, body) : Task.CompletedTask;
        await using var peer = await gateway.ConnectAsync(_hub);
        await StreamAsync(peer, "count");
        Assert.Equal("""{"type":2,"invocationId":"s","item":1}""", await peer.NextAsync());
        Assert.Equal("""{"type":2,"invocationId":"s","item":2}""", await peer.NextAsync());
        Assert.Equal(
            """{"type":3,"invocationId":"s","error":"Invocation failed, the upstream's response is no stream of this invocation."}""",
            await peer.NextAsync());
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("other"));
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_an_error_and_no_end()
    {
        Upstream.Answer = async (request, context) =>
        {
            if (request.Event == "count")
            {
                await WriteAsync(context, "1\n");
                await Upstream.Gate;
                context.Abort();
            }
        };
        await using var peer = await gateway.ConnectAsync(_hub);
        await StreamAsync(peer, "count");
        Assert.Equal("""{"type":2,"invocationId":"s","item":1}""", await peer.NextAsync());
        Upstream.LetGo();
        Assert.StartsWith("""{"type":3,"invocationId":"s","error":"Invocation failed, error:""", await peer.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_in_use_is_refused()
    {
        _ = EndlessStream();
        await using var peer = await gateway.ConnectAsync(_hub);
        await StreamAsync(peer, "count");
        await peer.NextAsync();
        await StreamAsync(peer, "count");
        Assert.Equal("""{"type":3,"invocationId":"s","error":"Invocation ID \u0027s\u0027 is already in use."}""".Replace("\\u0027", "'", StringComparison.Ordinal), await peer.NextAsync());
    }

    private static Task StreamAsync(HubPeer peer, string target) =>
        peer.SendAsync($$"""{"type":4,"invocationId":"s","target":"{{target}}","arguments":[]}""");

    private static async Task WriteAsync(HttpContext context, string text)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text));
        await context.Response.Body.FlushAsync();
    }

    // Ends when the request of the stream has been aborted.
    private Task EndlessStream()
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Upstream.Answer = async (request, context) =>
        {
            if (request.Event == "count")
            {
                await WriteAsync(context, "1\n");
                await context.RequestAborted.WhenCancelledAsync();
                aborted.SetResult();
            }
        };
        return aborted.Task;
    }
}
