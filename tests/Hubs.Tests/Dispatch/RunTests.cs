using System.Text;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>The instances of a hub: one for a request, and none for the phases of a connection that a request is not for.</summary>
public class RunTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly byte[] Connected = """{"type":10}"""u8.ToArray();
    private static readonly byte[] Disconnected = """{"type":11}"""u8.ToArray();

    private readonly Counts _counts = new();

    [Fact]
    public async Task A_hub_is_constructed_and_disposed_once_for_each_request()
    {
        await using var host = Host();
        await host.SendAsync("countedhub", "connections", "connected", Connected);
        Assert.Equal("+ connected -", _counts.Take());
        await CallAsync(host, "Work");
        Assert.Equal("+ work -", _counts.Take());
        await host.SendAsync("countedhub", "connections", "disconnected", Disconnected);
        Assert.Equal("+ disconnected -", _counts.Take());
        var stream = await CallAsync(host, "Stream", type: 4);
        await stream.CopyToAsync(Stream.Null);
        Assert.Equal("+ stream -", _counts.Take());
    }

    [Fact]
    public async Task A_hub_of_the_app_s_own_services_is_left_to_its_scope()
    {
        await using var host = Host(services => services.AddScoped<CountedHub>());
        await CallAsync(host, "Work");
        Assert.Equal("+ work -", _counts.Take());
    }

    [Fact]
    public async Task A_constructor_that_throws_refuses_the_connection_and_fails_the_call()
    {
        await using var host = Host();
        _counts.Error = new InvalidOperationException("secret");

        var connected = await host.SendAsync("countedhub", "connections", "connected", Connected).WaitAsync(Limit);
        Assert.Equal((403, "The hub refused the connection."), (connected.Status, Text(connected)));
        Assert.All(host.Log.TakeErrors(), error => Assert.Contains("secret", error, StringComparison.Ordinal));

        var call = await CallAsync(host, "Work").WaitAsync(Limit);
        Assert.Equal("{\"type\":3,\"invocationId\":\"1\",\"error\":\"An unexpected error occurred invoking 'Work' on the server.\"}\u001e", Text(call));
        Assert.NotEmpty(host.Log.TakeErrors());

        Assert.Equal(200, (await host.SendAsync("countedhub", "connections", "disconnected", Disconnected).WaitAsync(Limit)).Status);
        Assert.NotEmpty(host.Log.TakeErrors());

        _counts.Error = new HubException("Full.");
        connected = await host.SendAsync("countedhub", "connections", "connected", Connected).WaitAsync(Limit);
        Assert.Equal((403, "Full."), (connected.Status, Text(connected)));
        host.Log.TakeErrors();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task An_answer_comes_after_the_scope_has_ended(int parallel)
    {
        await using var host = Host(services => services.AddScoped<UnitOfWork>(), parallel);
        Assert.Equal("{\"type\":3,\"invocationId\":\"1\",\"result\":\"saving\"}\u001e", Text(await CallAsync(host, "Save").WaitAsync(Limit)));
        Assert.Equal("+ saved -", _counts.Take().Replace(" - saved", " saved -", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_scope_that_cannot_be_disposed_does_not_hold_the_answer(int parallel)
    {
        await using var host = Host(services => services.AddScoped<UnitOfWork>(), parallel);
        _counts.SaveError = new InvalidOperationException("disk full");
        var response = await CallAsync(host, "Save").WaitAsync(Limit);
        Assert.Equal("{\"type\":3,\"invocationId\":\"1\",\"result\":\"saving\"}\u001e", Text(response));
        Assert.Equal(["A service of hub countedhub failed to be disposed after Save for connection conn-1. disk full"], host.Log.TakeErrors());
    }

    [Fact]
    public async Task Services_and_keyed_services_are_parameters_of_methods()
    {
        await using var host = new HubHost(hubs => hubs.AddHub<GreetingHub>().Services
            .AddSingleton(new Greeting("hi")).AddKeyedSingleton("loud", new Greeting("HI")).AddKeyedSingleton("quiet", new Greeting("h")));
        var response = await host.InvokeAsync("greetinghub", "Greet", """{"type":1,"invocationId":"1","target":"Greet","arguments":["ann"]}""");
        Assert.Equal("{\"type\":3,\"invocationId\":\"1\",\"result\":\"ann: hi HI h\"}\u001e", Text(response));
    }

    [Fact]
    public async Task Items_live_for_one_request()
    {
        await using var host = Host();
        Assert.Contains("\"result\":1}", Text(await CallAsync(host, "CountItems")), StringComparison.Ordinal);
        Assert.Contains("\"result\":1}", Text(await CallAsync(host, "CountItems")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_that_cannot_be_serialized_closes_the_connection_as_in_process()
    {
        await using var gateway = await GatewayRecorder.StartAsync();
        await using var host = Host(endpoint: gateway.Address);
        var response = await CallAsync(host, "Loop").WaitAsync(Limit);

        Assert.Contains("Failed writing message. Aborting connection.", Assert.Single(host.Log.TakeErrors()), StringComparison.Ordinal);
        Assert.Equal((200, ""), (response.Status, Text(response)));
        Assert.StartsWith(
            "DELETE /api/hubs/countedhub/connections/conn-1?api-version=2022-06-01&reason=Connection%20closed%20with%20an%20error.",
            Assert.Single(gateway.Take()).ToString(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_of_a_request_stays_in_memory(bool isCancellable)
    {
        await using var host = Host();
        using var ended = new CancellationTokenSource();
        for (var i = 0; i < 20; i++)
        {
            using var request = CancellationTokenSource.CreateLinkedTokenSource(ended.Token);
            await host.InvokeAsync(
                "countedhub", "Work", """{"type":1,"invocationId":"1","target":"Work","arguments":[]}""", cancellationToken: isCancellable ? request.Token : default);
        }

        using var limit = new CancellationTokenSource(Limit);
        while (_counts.Alive > 1)
        {
            GC.Collect();
            await Task.Delay(10, limit.Token);
        }
    }

    [Fact]
    public void A_method_that_takes_a_stream_from_the_client_is_refused_at_start_by_name()
    {
        var error = Assert.Throws<NotSupportedException>(() => new HubHost(hubs => hubs.AddHub<UploadHub>()));
        Assert.Contains("UploadHub", error.Message, StringComparison.Ordinal);
        Assert.Contains("Upload", error.Message, StringComparison.Ordinal);
        Assert.Contains("put-all", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Fine", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_methods_of_one_name_are_refused_at_start()
    {
        var error = Assert.Throws<NotSupportedException>(() => new HubHost(hubs => hubs.AddHub<OverloadedHub>()));
        Assert.Contains("Duplicate definitions of 'Send'", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static string Text(UpstreamResponse response) => Encoding.UTF8.GetString(response.Body.Span);

    private static Task<UpstreamResponse> CallAsync(HubHost host, string method, int type = 1) =>
        host.InvokeAsync("countedhub", method, $$"""{"type":{{type}},"invocationId":"1","target":"{{method}}","arguments":[]}""");

    private HubHost Host(Action<IServiceCollection>? add = null, int parallel = 1, string endpoint = "http://127.0.0.1:1") => new(
        hubs =>
        {
            hubs.Services.AddSingleton(_counts);
            hubs.AddHub<CountedHub>(options => options.MaximumParallelInvocationsPerClient = parallel);
            add?.Invoke(hubs.Services);
        },
        endpoint);

    private sealed class CountedHub : Hub
    {
        private readonly Counts _counts;

        public CountedHub(Counts counts)
        {
            if (counts.Error is not null)
            {
                throw counts.Error;
            }

            _counts = counts;
            counts.Add("+");
        }

        public override Task OnConnectedAsync()
        {
            _counts.Add("connected");
            return base.OnConnectedAsync();
        }

        public override Task OnDisconnectedAsync(Exception? exception)
        {
            _counts.Add("disconnected");
            return base.OnDisconnectedAsync(exception);
        }

        public void Work()
        {
            _counts.Add("work");
            _counts.Watch(Context);
        }

        public async IAsyncEnumerable<int> Stream()
        {
            _counts.Add("stream");
            await Task.Yield();
            yield return 1;
        }

        public string Save(UnitOfWork unit) => unit.Start();

        public int CountItems()
        {
            Context.Items["n"] = 1;
            return Context.Items.Count;
        }

        public Node Loop()
        {
            var node = new Node();
            node.Next = node;
            return node;
        }

        protected override void Dispose(bool disposing)
        {
            _counts.Add("-");
            base.Dispose(disposing);
        }
    }

    private sealed class GreetingHub : Hub
    {
        public string Greet(string name, Greeting greeting, [FromKeyedServices("loud")] Greeting loud, [FromKeyedServices("quiet")] Greeting quiet) =>
            $"{name}: {greeting.Text} {loud.Text} {quiet.Text}";
    }

    private sealed class UploadHub : Hub
    {
        public async Task Upload(string name, IAsyncEnumerable<int> items, CancellationToken cancellationToken)
        {
            await foreach (var item in items.WithCancellation(cancellationToken))
            {
                Context.Items[name] = item;
            }
        }

        [HubMethodName("put-all")]
        public Task Put(System.Threading.Channels.ChannelReader<string> items) => items.Completion;

        public int Fine(List<int> items) => items.Count;
    }

    private sealed class OverloadedHub : Hub
    {
        public int Send(int number) => number;

        [HubMethodName("SEND")]
        public string SendText(string text) => text;
    }

    private sealed record Greeting(string Text);

    private sealed class Node
    {
        public Node? Next { get; set; }
    }

    /// <summary>Work that is saved when the scope of the call ends, after a while.</summary>
    private sealed class UnitOfWork(Counts counts) : IAsyncDisposable
    {
        public string Start() => "saving";

        public async ValueTask DisposeAsync()
        {
            for (var i = 0; i < 100; i++)
            {
                await Task.Yield();
            }

            if (counts.SaveError is not null)
            {
                throw counts.SaveError;
            }

            counts.Add("saved");
        }
    }

    private sealed class Counts
    {
        private readonly List<string> _log = [];

        private readonly List<WeakReference> _contexts = [];

        /// <summary>The number of watched contexts that are in memory.</summary>
        public int Alive => _contexts.Count(static context => context.IsAlive);

        public Exception? Error { get; set; }

        public Exception? SaveError { get; set; }

        public void Watch(HubCallerContext context) => _contexts.Add(new WeakReference(context));

        public void Add(string name)
        {
            lock (_log)
            {
                _log.Add(name);
            }
        }

        public string Take()
        {
            lock (_log)
            {
                var log = string.Join(' ', _log);
                _log.Clear();
                return log;
            }
        }
    }
}
