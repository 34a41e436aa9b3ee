using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Serverless.Gateway.Upstream.Calls;

namespace Serverless.Gateway.Tests.Upstream;

/// <summary>Covers a reused connection that the upstream closes while the next request is written.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes of them through IAsyncLifetime.")]
public sealed class ReusedConnectionTests : IAsyncLifetime
{
    private RawUpstream _upstream = null!;
    private DeliveryBench _bench = null!;

    public async Task InitializeAsync()
    {
        _upstream = new RawUpstream();
        _bench = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("connected")]
    [InlineData("disconnected")]
    public async Task An_event_without_an_answer_on_a_kept_connection_is_sent_once_more_on_a_new_one(string name)
    {
        _upstream.Answer = static (connection, request) => (connection, request) is (0, 1) ? RawUpstream.Closing : RawUpstream.Ok;
        Assert.Equal((UpstreamResult.Answered, 200), await _bench.SendAsync("c1", "first", category: "messages"));
        Assert.Equal((UpstreamResult.Answered, 200), await _bench.SendAsync("c1", name, category: "connections"));
        Assert.Equal([0, 0, 1], _upstream.Requests.Select(static request => request.Connection));
        Assert.All(_upstream.Requests, static request => Assert.Contains(" HTTP/1.1\r\n", request.Head, StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_sent_once_more_and_not_twice()
    {
        _upstream.Answer = static (connection, request) => (connection, request) is (0, 0) ? RawUpstream.Ok : RawUpstream.Closing;
        await _bench.SendAsync("c1", "first");
        Assert.Equal(UpstreamResult.Failed, (await _bench.SendAsync("c1", "connected", category: "connections")).Result);
        Assert.Equal([0, 0, 1], _upstream.Requests.Select(static request => request.Connection));
    }

    [Fact]
    public async Task An_event_on_a_new_connection_is_not_sent_again()
    {
        _upstream.Answer = static (_, _) => RawUpstream.Closing;
        Assert.Equal(UpstreamResult.Failed, (await _bench.SendAsync("c1", "connected", category: "connections")).Result);
        Assert.Single(_upstream.Requests);
    }

    [Fact]
    public async Task An_event_whose_answer_has_begun_is_not_sent_again()
    {
        _upstream.Answer = static (_, request) => request == 0 ? RawUpstream.Ok : $"H{RawUpstream.Closing}";
        await _bench.SendAsync("c1", "first");
        Assert.Equal(UpstreamResult.Failed, (await _bench.SendAsync("c1", "connected", category: "connections")).Result);
        Assert.Equal(2, _upstream.Requests.Count);
    }

    [Fact]
    public async Task A_message_that_the_upstream_may_have_read_is_not_sent_again()
    {
        _upstream.Answer = static (connection, request) => (connection, request) is (0, 1) ? RawUpstream.Closing : RawUpstream.Ok;
        await _bench.SendAsync("c1", "first");
        Assert.Equal(UpstreamResult.Failed, (await _bench.SendAsync("c1", "second")).Result);
        Assert.Equal(2, _upstream.Requests.Count);
    }

    [Fact]
    public async Task With_ResendMessages_it_is()
    {
        await using var bench = await StartAsync(("Gateway:Upstream:ResendMessages", "true"));
        _upstream.Answer = static (connection, request) => (connection, request) is (0, 1) ? RawUpstream.Closing : RawUpstream.Ok;
        await bench.SendAsync("c1", "first");
        Assert.Equal((UpstreamResult.Answered, 200), await bench.SendAsync("c1", "second"));
        Assert.Equal([0, 0, 1], _upstream.Requests.Select(static request => request.Connection));
    }

    [Theory]
    [InlineData("messages", false)]
    [InlineData("messages", true)]
    [InlineData("connections", false)]
    [InlineData("connections", true)]
    public async Task What_the_upstream_cannot_have_read_is_sent_on_a_new_connection(string category, bool withReset)
    {
        await using var bench = await StartAsync(("Gateway:Upstream:SignRequests", "false"));
        for (var round = 0; round < 20; round++)
        {
            await bench.SendAsync("c1", "first");
            var kept = _upstream.Connections - 1;

            // The HTTP client reads the body after it has chosen the connection, and before it writes to it.
            using var body = new ClosingBody(() => _upstream.Close(kept, withReset));
            Assert.Equal((UpstreamResult.Answered, 200), await bench.SendAsync("c1", $"second{round}", category: category, body: body.Memory));
            Assert.Equal(kept + 2, _upstream.Connections);
            Assert.Single(_upstream.Requests, request => request.Head.Contains($"/second{round} ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_connection_that_was_idle_for_longer_than_common_servers_allow_is_not_used()
    {
        await _bench.SendAsync("c1", "first");
        _bench.Time.Advance(TimeSpan.FromSeconds(1.4));
        await _bench.SendAsync("c1", "second");
        _bench.Time.Advance(TimeSpan.FromSeconds(1.6));
        Assert.Equal((UpstreamResult.Answered, 200), await _bench.SendAsync("c1", "third"));
        Assert.Equal([0, 0, 1], _upstream.Requests.Select(static request => request.Connection));
    }

    [Fact]
    public async Task A_shorter_time_that_the_upstream_names_is_kept()
    {
        _upstream.Answer = static (_, _) => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: timeout=1\r\n\r\n";
        await _bench.SendAsync("c1", "first");
        Assert.Equal((UpstreamResult.Answered, 200), await _bench.SendAsync("c1", "second"));
        Assert.Equal([0, 1], _upstream.Requests.Select(static request => request.Connection));
    }

    private Task<DeliveryBench> StartAsync(params (string Key, string Value)[] settings) =>
        DeliveryBench.StartAsync([.. settings, ("UrlTemplate", _upstream.Template)]);

    /// <summary>Represents a body that calls back when its bytes are read for the first time.</summary>
    private sealed class ClosingBody(Action onRead) : MemoryManager<byte>
    {
        private readonly byte[] _bytes = "{}"u8.ToArray();
        private Action? _onRead = onRead;

        public override Memory<byte> Memory => CreateMemory(_bytes.Length);

        public override Span<byte> GetSpan()
        {
            Interlocked.Exchange(ref _onRead, null)?.Invoke();
            return _bytes;
        }

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
