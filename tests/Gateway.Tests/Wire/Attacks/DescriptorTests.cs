using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Attacks;

/// <summary>A gateway that may open 600 file descriptors.</summary>
public sealed class SmallGateway : ProcessFixture
{
    private const int Descriptors = 600;

    protected override void Configure(Dictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        environment["Logging__LogLevel__Serverless.Gateway.Hosting.SelfTest"] = "Debug";
    }

    private protected override async Task<IRunningServer> StartAsync(IReadOnlyDictionary<string, string?> environment)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Find()}");
        var limit = Descriptors.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo("prlimit", [$"--nofile={limit}:{limit}", "dotnet", BuiltProgram.Gateway.Assembly, "--urls", address.ToString()]);
        var server = await ServerProcess.StartAsync(start, address, "/api/health", environment);

        // After the self-test, which opens sockets of its own.
        await Waits.UntilAsync(() => server.Log.Contains("The self-test at start has passed.", StringComparison.Ordinal), "the self-test has passed");
        return server;
    }

    /// <summary>Changes the limit of the running process; open descriptors stay open.</summary>
    internal async Task LimitAsync(int descriptors)
    {
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo("prlimit", [$"--pid={Process.Id}", $"--nofile={descriptors}:{Descriptors}"]))!;
        await process.WaitForExitAsync(Waits.Limited());
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>Restores the limit.</summary>
    internal Task UnlimitAsync() => LimitAsync(Descriptors);

    /// <summary>The number of threads by name. The thread of the JIT compiler starts and ends at any time, and is not included.</summary>
    internal Dictionary<string, int> Threads => Directory.GetDirectories($"/proc/{Process.Id}/task")
        .Select(ReadName)
        .Where(name => name is not ("" or ".NET Tiered Com"))
        .CountBy(name => name)
        .ToDictionary();

    // Returns an empty string for a thread that has ended.
    private static string ReadName(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm")).Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }

    internal int OpenDescriptors => Directory.GetFileSystemEntries($"/proc/{Process.Id}/fd").Length;
}

/// <summary>The behaviour of a node at its limits of clients, sockets and descriptors.</summary>
public sealed class DescriptorTests(SmallGateway gateway) : IClassFixture<SmallGateway>
{
    [Fact]
    public async Task A_full_node_refuses_new_clients_on_every_way_in_serves_the_rest_and_takes_clients_again()
    {
        const string Hub = "full";
        var max = await HealthAsync("maxConnections");
        Assert.Contains($"limits             {max} clients, by a descriptor limit of 600", gateway.Server.Log, StringComparison.Ordinal);
        var threads = gateway.Threads;
        var early = await HttpClientPeer.NegotiateAsync(gateway, Hub);
        var clients = new List<HubPeer>();
        try
        {
            while (clients.Count < max)
            {
                clients.Add(await gateway.ConnectAsync(Hub));
            }

            // :: Every entry point refuses
            await using (var refused = await RawConnection.OpenAsync(gateway.Address))
            {
                await refused.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, Hub, GatewayFixture.ClientToken(Hub)));
                var answer = await refused.ReadResponseAsync();
                Assert.Equal((429, "5", "Connection count reaches limit"), (answer.Status, answer.Header("Retry-After"), answer.Body));
                Assert.True(await refused.EndsAsync());
            }

            await AssertRefusedAsync(early.SendAsync(HttpMethod.Post, $"/client/negotiate?hub={Hub}&negotiateVersion=1"));
            await AssertRefusedAsync(early.SendAsync(HttpMethod.Get, early.Target, accept: "text/event-stream"));
            await AssertRefusedAsync(early.PollAsync());

            // :: Everything else continues
            var (status, text) = await ReadyAsync();
            Assert.Equal((503, $"Full: {max} of {max} clients are connected"), (status, text));
            using (var live = await early.Http.GetAsync("/health/live"))
            {
                Assert.Equal(200, (int)live.StatusCode);
            }

            await gateway.Rest().SendMessageAsync($"/api/hubs/{Hub}/:send", "said");
            Assert.All(await Task.WhenAll(clients.Select(client => client.NextAsync())), message => Assert.Contains("said", message, StringComparison.Ordinal));
            Assert.StartsWith("""{"type":3""", await clients[0].InvokeAsync("m"), StringComparison.Ordinal);
            Assert.Equal(max, await HealthAsync("connections"));

            // All threads were created at the start.
            Assert.All(gateway.Threads, now => Assert.InRange(now.Value, 1, threads.GetValueOrDefault(now.Key)));

            // :: With room for one client, the refused token is still valid
            await clients[0].CloseAsync();
            await clients[0].DisposeAsync();
            clients.RemoveAt(0);
            await Waits.UntilAsync(async () => (await ReadyAsync()).Status == 200, "the node is ready again");
            using var poll = await early.PollAsync();
            Assert.Equal(200, (int)poll.StatusCode);
            using var bye = await early.DeleteAsync();
        }
        finally
        {
            early.Dispose();
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }
        }

        await EmptyAsync();
    }

    [Fact]
    public async Task Sockets_that_say_nothing_make_way_the_oldest_first()
    {
        await using var client = await gateway.ConnectAsync("silent");
        var silent = new List<RawConnection>();
        try
        {
            for (var i = 0; i < 400; i++)
            {
                silent.Add(await RawConnection.OpenAsync(gateway.Address));
            }

            Assert.True(await silent[0].EndsAsync());
            var third = await HealthAsync("maxSockets") / 3;
            await Waits.UntilAsync(async () => await HealthAsync("sockets") <= third, "the oldest sockets are closed");
            Assert.StartsWith("""{"type":3""", await client.InvokeAsync("m"), StringComparison.Ordinal);
            await using var another = await gateway.ConnectAsync("silent");
            Assert.Equal(200, (await ReadyAsync()).Status);

            // The newest connections can still send a request.
            await silent[^1].WriteAsync("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
            Assert.Equal(200, (await silent[^1].ReadResponseAsync()).Status);
        }
        finally
        {
            foreach (var connection in silent)
            {
                await connection.DisposeAsync();
            }
        }

        await client.DisposeAsync();
        await EmptyAsync();
    }

    [Fact]
    public async Task Without_a_free_descriptor_accepting_stops_and_goes_on_by_itself()
    {
        await using var client = await gateway.ConnectAsync("none");
        await using var kept = await RawConnection.OpenAsync(gateway.Address);
        await kept.WriteAsync("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
        await kept.ReadResponseAsync();
        var waiting = new List<RawConnection>();
        try
        {
            await gateway.LimitAsync(gateway.OpenDescriptors);
            for (var i = 0; i < 40; i++)
            {
                waiting.Add(await RawConnection.OpenAsync(gateway.Address));
                await waiting[i].WriteAsync("GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n");
            }

            // Connected clients are served, and the failing accept does not spin.
            Assert.StartsWith("""{"type":3""", await client.InvokeAsync("m"), StringComparison.Ordinal);
            await Waits.UntilAsync(
                () => gateway.Server.Log.Contains("has no free descriptor", StringComparison.Ordinal),
                "the node says that it has no descriptor");
            await gateway.UnlimitAsync();
            Assert.All(
                await Task.WhenAll(waiting.Select(connection => connection.ReadResponseAsync())), answer => Assert.Equal(200, answer.Status));
        }
        finally
        {
            await gateway.UnlimitAsync();
            foreach (var connection in waiting)
            {
                await connection.DisposeAsync();
            }
        }

        // Health, negotiate, the admin API and calls.
        Assert.Equal(1, await HealthAsync("connections"));
        using var negotiated = await HttpClientPeer.NegotiateAsync(gateway, "none");
        Assert.Equal(200, await gateway.Rest().StatusAsync("GET", "/admin/usage"));
        await using var another = await gateway.ConnectAsync("none");
        Assert.StartsWith("""{"type":3""", await another.InvokeAsync("m"), StringComparison.Ordinal);
        await gateway.Rest().SendMessageAsync("/api/hubs/none/:send", "said");
        Assert.Contains("said", await client.NextAsync(), StringComparison.Ordinal);
    }

    private static async Task AssertRefusedAsync(Task<HttpResponseMessage> request)
    {
        using var response = await request;
        Assert.Equal(429, (int)response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter?.Delta);
        Assert.Equal("Connection count reaches limit", await response.Content.ReadAsStringAsync());
    }

    // The tests of this class share the gateway, and each needs it without clients.
    private Task EmptyAsync() => Waits.UntilAsync(async () => await HealthAsync("connections") == 0, "all clients have disconnected");

    private async Task<int> HealthAsync(string name)
    {
        using var http = new HttpClient();
        using var health = JsonDocument.Parse(await http.GetStringAsync(new Uri(gateway.Address, "/api/health")));
        return health.RootElement.GetProperty(name).GetInt32();
    }

    private async Task<(int Status, string Text)> ReadyAsync()
    {
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(gateway.Address, "/health/ready"));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
