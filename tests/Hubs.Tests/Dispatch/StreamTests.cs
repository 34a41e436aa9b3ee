using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>Streamed responses, without a host.</summary>
public class StreamTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly Gates _gates = new();

    [Theory]
    [InlineData("Count", "[3]", """{"type":2,"invocationId":"7","item":0}|{"type":2,"invocationId":"7","item":1}|{"type":2,"invocationId":"7","item":2}|{"type":3,"invocationId":"7"}|""")]
    [InlineData("Words", "[]", """{"type":2,"invocationId":"7","item":"a"}|{"type":2,"invocationId":"7","item":"b"}|{"type":3,"invocationId":"7"}|""")]
    [InlineData("Fail", "[]", """{"type":2,"invocationId":"7","item":"AQ=="}|{"type":3,"invocationId":"7","error":"An error occurred on the server while streaming results. HubException: No more."}|""")]
    [InlineData("Count", "[]", """{"type":3,"invocationId":"7","error":"Failed to invoke 'Count' due to an error on the server."}|""")]
    public async Task A_stream_is_its_items_and_a_completion(string target, string arguments, string expected)
    {
        await using var host = Host();
        var response = await host.InvokeAsync("streamhub", target, Call(4, target, arguments));
        using var body = new MemoryStream();
        await response.CopyToAsync(body);

        Assert.Equal(target == "Fail" ? 1 : 0, host.Log.TakeErrors().Count);
        Assert.True(response.IsStream);
        Assert.Equal((200, expected), (response.Status, Encoding.UTF8.GetString(body.ToArray()).Replace('\u001e', '|')));
    }

    [Fact]
    public async Task A_stream_to_a_messagepack_client_is_in_its_protocol()
    {
        await using var host = Host();
        // [4, {}, "7", "Fail", [], []]
        var response = await host.SendAsync(
            "streamhub", "messages", "Fail", Convert.FromHexString("960480A137A44661696C9090"), "application/x-msgpack");
        using var body = new MemoryStream();
        await response.CopyToAsync(body);

        // [2, {}, "7", bin 01], then [3, {}, "7", 1, "An error … No more."]
        var error = "An error occurred on the server while streaming results. HubException: No more.";
        Assert.Equal(
            $"08940280A137C40101{error.Length + 8:X2}950380A13701D9{error.Length:X2}{Convert.ToHexString(Encoding.UTF8.GetBytes(error))}",
            Convert.ToHexString(body.ToArray()));
        Assert.Single(host.Log.TakeErrors());
    }

    [Fact]
    public async Task An_item_leaves_before_the_next_is_there()
    {
        _gates.IsOpen = false;
        await using var host = Host();
        var response = await host.InvokeAsync("streamhub", "Count", Call(4, "Count", "[2]"));
        var pipe = new Pipe();
        var copying = response.CopyToAsync(pipe.Writer.AsStream());

        for (var i = 0; i < 2; i++)
        {
            _gates.LetOne();
            var read = await pipe.Reader.ReadAsync().AsTask().WaitAsync(Limit);
            Assert.StartsWith($$"""{"type":2,"invocationId":"7","item":{{i}}}""", Encoding.UTF8.GetString(read.Buffer), StringComparison.Ordinal);
            pipe.Reader.AdvanceTo(read.Buffer.End);
        }

        await copying.WaitAsync(Limit);
        Assert.False(await _gates.Ended.Task.WaitAsync(Limit));
    }

    [Fact]
    public async Task A_request_that_is_given_up_ends_the_stream_and_its_scope()
    {
        _gates.IsOpen = false;
        await using var host = Host();
        using var abort = new CancellationTokenSource();
        var response = await host.InvokeAsync("streamhub", "Count", Call(4, "Count", "[2]"), cancellationToken: abort.Token);
        var copying = response.CopyToAsync(Stream.Null);

        await abort.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copying.WaitAsync(Limit));
        Assert.True(await _gates.Ended.Task.WaitAsync(Limit));
    }

    [Fact]
    public async Task A_host_that_cannot_write_any_more_ends_the_stream()
    {
        _gates.IsOpen = false;
        await using var host = Host();
        var response = await host.InvokeAsync("streamhub", "Count", Call(4, "Count", "[2]"));
        using var closed = new MemoryStream();
        await closed.DisposeAsync();
        var copying = response.CopyToAsync(closed);

        _gates.LetOne();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => copying.WaitAsync(Limit));
        Assert.True(await _gates.Ended.Task.WaitAsync(Limit));
    }

    [Fact]
    public async Task A_hub_waits_for_a_client_that_reads_slowly()
    {
        await using var host = Host();
        using var abort = new CancellationTokenSource();
        var response = await host.InvokeAsync("streamhub", "Endless", Call(4, "Endless", "[]"), cancellationToken: abort.Token);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        var copying = response.CopyToAsync(pipe.Writer.AsStream());

        // The hub goes on until 64 KiB are unsent, and goes on when they are read.
        var produced = await UntilItWaitsAsync();
        Assert.InRange(produced, 1, 200);
        for (var read = 0L; read < 3 * 64 * 1024;)
        {
            var result = await pipe.Reader.ReadAsync().AsTask().WaitAsync(Limit);
            read += result.Buffer.Length;
            pipe.Reader.AdvanceTo(result.Buffer.End);
        }

        using var limit = new CancellationTokenSource(Limit);
        while (_gates.Produced == produced)
        {
            await Task.Delay(1, limit.Token);
        }

        Assert.InRange(await UntilItWaitsAsync(), produced + 1, 600);
        await abort.CancelAsync();
        pipe.Reader.CancelPendingRead();
        await pipe.Reader.CompleteAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copying.WaitAsync(Limit));
    }

    [Fact]
    public async Task Every_stream_ends_with_its_completion()
    {
        await using var host = Host();
        for (var i = 0; i < 100; i++)
        {
            var response = await host.InvokeAsync("streamhub", "Words", Call(4, "Words", "[]"));
            using var body = new MemoryStream();
            await response.CopyToAsync(body).WaitAsync(Limit);
            Assert.EndsWith("{\"type\":3,\"invocationId\":\"7\"}\u001e", Encoding.UTF8.GetString(body.ToArray()), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_call_that_expects_one_result_is_told_that_there_is_a_stream()
    {
        await using var host = Host();
        var response = await host.InvokeAsync("streamhub", "Words", Call(1, "Words", "[]"));
        Assert.Contains("invoke the streaming 'Words' method with a non-streaming invocation.", Encoding.UTF8.GetString(response.Body.Span), StringComparison.Ordinal);
    }

    private static string Call(int type, string target, string arguments) =>
        $$"""{"type":{{type}},"invocationId":"7","target":"{{target}}","arguments":{{arguments}}}""";

    // Waits until the number of items has not changed for a while.
    private async Task<int> UntilItWaitsAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            var before = _gates.Produced;
            await Task.Delay(200, limit.Token);
            if (before > 0 && before == _gates.Produced)
            {
                return before;
            }
        }
    }

    private HubHost Host() => new(hubs => hubs.AddHub<StreamHub>().Services.AddSingleton(_gates));
}
