using System.Text;
using Microsoft.AspNetCore.Http;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Upstream;

/// <summary>A client's <c>stream()</c>: each item that the upstream writes is forwarded to the client at once.</summary>
public sealed class StreamTests(ProcessGateway gateway) : IClassFixture<ProcessGateway>
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
        await using var peer = await SlowPeerAsync();
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

    [Fact]
    public async Task A_stream_keeps_its_place_in_line_until_the_upstream_begins_to_answer()
    {
        Upstream.Answer = async (request, context) =>
        {
            if (request.Event == "count")
            {
                await Upstream.Gate;
                await WriteAsync(context, "1\n");
                await context.RequestAborted.WhenCancelledAsync();
            }
        };
        await using var peer = await gateway.ConnectAsync(_hub);
        await StreamAsync(peer, "count");
        await peer.SendAsync("""{"type":1,"invocationId":"1","target":"after","arguments":[]}""");
        await Upstream.NextAsync("connected");
        await Upstream.NextAsync("count");
        Assert.Equal(0, Upstream.Waiting);
        Upstream.LetGo();
        await Upstream.NextAsync("after");
        var first = await peer.NextAsync();
        var second = await peer.NextAsync();
        Assert.Equal(
            ["""{"type":2,"invocationId":"s","item":1}""", """{"type":3,"invocationId":"1"}"""],
            new[] { first, second }.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_stream_that_is_cancelled_while_it_waits_in_line_never_reaches_the_upstream()
    {
        Upstream.Answer = (request, _) => request.Event == "before" ? Upstream.Gate : Task.CompletedTask;
        await using var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync("""{"type":1,"invocationId":"1","target":"before","arguments":[]}""");
        await StreamAsync(peer, "count");
        await peer.SendAsync("""{"type":5,"invocationId":"s"}""");
        await peer.SendFrameAsync(WebSocketOpcode.Ping, "x"u8);
        Assert.Equal("pong:x", await peer.NextAsync()); // all of it is read
        Upstream.LetGo();
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.NextAsync());
        Assert.Equal("""{"type":3,"invocationId":"s"}""", await peer.NextAsync());
        await peer.InvokeAsync("last");
        await Upstream.NextAsync("connected");
        await Upstream.NextAsync("before");
        await Upstream.NextAsync("last");
    }

    [Fact]
    public async Task A_slow_client_is_not_closed_over_items_of_any_size()
    {
        string[] sizes = [.. Enumerable.Range(0, 40).Select(i => new string((char)('a' + (i % 26)), (i % 3) switch { 0 => 200_000, 1 => 900_000, _ => 3_000_000 }))];
        var written = 0;
        Upstream.Answer = async (request, context) =>
        {
            for (var i = 0; request.Event == "count" && i < sizes.Length; i++)
            {
                await WriteAsync(context, $"\"{sizes[i]}\"\n");
                Volatile.Write(ref written, i);
            }
        };
        await using var peer = await SlowPeerAsync();
        await StreamAsync(peer, "count");
        await Waits.UntilAsync(() => Volatile.Read(ref written) > 4, "the upstream has written more than the outbox holds");
        foreach (var item in sizes)
        {
            Assert.Equal($$"""{"type":2,"invocationId":"s","item":"{{item}}"}""", await peer.NextAsync());
        }

        Assert.Equal("""{"type":3,"invocationId":"s"}""", await peer.NextAsync());
    }

    [Fact]
    public async Task Many_streams_of_a_slow_client_share_its_socket_and_all_arrive()
    {
        const int Streams = 30;
        const int Items = 12;
        var item = new string('x', 64 * 1024);
        var begun = 0;
        Upstream.Answer = async (request, context) =>
        {
            for (var i = 0; request.Event == "count" && i < Items; i++)
            {
                await WriteAsync(context, $"\"{i}{item}\"\n");
                Interlocked.Add(ref begun, i == 0 ? 1 : 0);
            }
        };
        await using var peer = await SlowPeerAsync();
        for (var i = 0; i < Streams; i++)
        {
            await peer.SendAsync($$"""{"type":4,"invocationId":"s{{i}}","target":"count","arguments":[]}""");
        }

        await Waits.UntilAsync(() => Volatile.Read(ref begun) == Streams, "all streams have begun");
        var next = Enumerable.Range(0, Streams).ToDictionary(i => $"s{i}", _ => 0);
        for (var left = Streams * (Items + 1); left > 0; left--)
        {
            using var message = System.Text.Json.JsonDocument.Parse(await peer.NextAsync());
            var id = message.RootElement.GetProperty("invocationId").GetString()!;
            if (message.RootElement.GetProperty("type").GetInt32() == 2)
            {
                Assert.Equal($"{next[id]++}{item}", message.RootElement.GetProperty("item").GetString());
            }
            else
            {
                Assert.Equal(Items, next[id]);
                Assert.False(message.RootElement.TryGetProperty("error", out _));
            }
        }
    }

    [Theory]
    [InlineData("LongPolling")]
    [InlineData("ServerSentEvents")]
    public async Task A_client_without_a_socket_slows_the_upstream_too(string transport)
    {
        const int Items = 1500;
        var written = 0;
        var item = new string('x', 32 * 1024);
        Upstream.Answer = async (request, context) =>
        {
            for (var i = 0; request.Event == "count" && i < Items; i++)
            {
                await WriteAsync(context, $"\"{i}{item}\"\n");
                Volatile.Write(ref written, i + 1);
            }
        };
        using var peer = transport == "LongPolling" ? await HttpClientPeer.PollingAsync(gateway, _hub) : await HttpClientPeer.NegotiateAsync(gateway, _hub);
        using var events = transport == "LongPolling" ? null : await peer.SendAsync(HttpMethod.Get, peer.Target, accept: "text/event-stream");
        if (events is not null)
        {
            (await peer.PostAsync(HttpClientPeer.JsonHandshake)).Dispose();
        }

        (await peer.PostAsync("""{"type":4,"invocationId":"s","target":"count","arguments":[]}""" + "\u001e")).Dispose();
        await Waits.UntilAsync(() => Volatile.Read(ref written) > 16, "the upstream has written more than the outbox holds");
        Assert.InRange(Volatile.Read(ref written), 16, Items - 1); // 48 MB exceed all buffers
        using var reader = events is null ? null : new StreamReader(await events.Content.ReadAsStreamAsync());
        var waiting = new Queue<string>();
        for (var i = 0; i <= Items; i++)
        {
            while (waiting.Count == 0)
            {
                var text = reader is null ? await peer.PollTextAsync() : await reader.ReadLineAsync(Waits.Limited()) ?? throw new EndOfStreamException();
                foreach (var message in text.Replace("data: ", "", StringComparison.Ordinal).Split('\u001e', StringSplitOptions.RemoveEmptyEntries))
                {
                    if (message.StartsWith("""{"type":2""", StringComparison.Ordinal) || message.StartsWith("""{"type":3""", StringComparison.Ordinal))
                    {
                        waiting.Enqueue(message);
                    }
                }
            }

            Assert.Equal(
                i < Items ? $$"""{"type":2,"invocationId":"s","item":"{{i}}{{item}}"}""" : """{"type":3,"invocationId":"s"}""",
                waiting.Dequeue());
        }
    }

    [Fact]
    public async Task A_stream_that_waits_for_its_client_is_cancelled_too()
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var item = '"' + new string('x', 64 * 1024) + "\"\n";
        var written = 0;
        Upstream.Answer = async (request, context) =>
        {
            if (request.Event == "count")
            {
                try
                {
                    while (!context.RequestAborted.IsCancellationRequested)
                    {
                        await context.Response.WriteAsync(item, context.RequestAborted);
                        await context.Response.Body.FlushAsync(context.RequestAborted);
                        Interlocked.Increment(ref written);
                    }
                }
                catch (Exception exception) when (exception is OperationCanceledException or IOException)
                {
                    // Detected by the token.
                }

                aborted.SetResult();
            }
        };
        await using var peer = await SlowPeerAsync();
        await StreamAsync(peer, "count");
        await Waits.UntilAsync(() => Volatile.Read(ref written) > 40, "the upstream has written more than the outbox holds");
        await peer.SendAsync("""{"type":5,"invocationId":"s"}""");
        await aborted.Task.WaitAsync(Waits.Limit);
        while (await peer.NextAsync() is var message && message != """{"type":3,"invocationId":"s"}""")
        {
            Assert.StartsWith("""{"type":2,"invocationId":"s","item":"x""", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_dead_upstream_is_found_out_by_keep_alive_probes()
    {
        _ = EndlessStream();
        await using var peer = await gateway.ConnectAsync(_hub);
        await StreamAsync(peer, "count");
        await peer.NextAsync();

        // Some of the gateway's sockets to this upstream have the kernel's keep-alive timer (02) set.
        var remote = ":" + new Uri(gateway.Upstream.Address).Port.ToString("X4", System.Globalization.CultureInfo.InvariantCulture);
        await Waits.UntilAsync(
            () => new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists).SelectMany(File.ReadLines)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Any(row => row[2].EndsWith(remote, StringComparison.Ordinal) && row[3] == "01" && row[5].StartsWith("02:", StringComparison.Ordinal)),
            "a socket has a keep-alive timer");
    }

    private Task<HubPeer> SlowPeerAsync() => HubPeer.ConnectAsync(
        gateway.Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json, receiveBuffer: 16 * 1024);

    private static Task StreamAsync(HubPeer peer, string target) =>
        peer.SendAsync($$"""{"type":4,"invocationId":"s","target":"{{target}}","arguments":[]}""");

    private static async Task WriteAsync(HttpContext context, string text)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text));
        await context.Response.Body.FlushAsync();
    }

    // Completes when the request of the stream has been aborted.
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
