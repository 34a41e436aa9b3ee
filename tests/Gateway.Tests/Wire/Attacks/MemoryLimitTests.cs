using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Attacks;

/// <summary>A gateway whose heap may not grow beyond 256 MiB, and which therefore holds 64 MiB for its clients.</summary>
public sealed class SmallHeapGateway : ProcessFixture
{
    protected override void Configure(Dictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        environment["DOTNET_GCHeapHardLimit"] = "0x10000000";
        environment["Logging__LogLevel__Default"] = "Error";
    }
}

/// <summary>
/// Clients that demand more memory than the node has. Each attack ends in refusals: meanwhile the calls of another client and the probes are
/// answered, and afterwards no memory is held and everything works.
/// </summary>
public sealed class MemoryLimitTests(SmallHeapGateway gateway) : IClassFixture<SmallHeapGateway>
{
    private const int Megabyte = 1_000_000;
    private const int MaxResidentKilobytes = 512 * 1024;

    private static readonly TimeSpan Attack = TimeSpan.FromSeconds(7);

    private readonly string _hub = GatewayFixture.NewHub();
    private readonly ConcurrentBag<RawConnection> _attackers = [];
    private readonly ConcurrentDictionary<string, int> _seen = new();

    [Fact]
    public async Task Targets_of_a_megabyte_are_refused_while_the_upstream_hangs()
    {
        HangUpstream();
        var message = Call(new string('t', Megabyte), "[]");
        await AttackAsync(60, async (peer, ended) =>
        {
            for (var i = 0; i < 5; i++)
            {
                await peer.Connection.WriteAsync(message);
                Count(await peer.NextAsync());
            }
        });

        // On a slow machine, some are still in flight when the node frees memory.
        _seen.TryRemove("close:1000", out _);
        _seen.TryRemove("end", out _); // an expected end of attackers
        Assert.Contains(_seen.Keys, text => text.Contains("The limit is 1024", StringComparison.Ordinal));
        Assert.All(_seen.Keys, text => Assert.Matches("The limit is 1024|the node has no memory left", text));
    }

    [Fact]
    public async Task Arguments_of_a_megabyte_are_read_no_further_than_there_is_room_while_the_upstream_hangs()
    {
        HangUpstream();
        var message = Call("t", $"[\"{new string('a', 900_000)}\"]");
        await AttackAsync(60, async (peer, ended) =>
        {
            while (!ended.IsCancellationRequested)
            {
                await peer.Connection.Socket.SendAsync(message, ended);
            }
        });
    }

    [Fact]
    public async Task Unfinished_messages_give_way()
    {
        var part = HubPeer.Frame(WebSocketOpcode.Text, Encoding.UTF8.GetBytes($$"""{"type":1,"target":"t","arguments":["{{new string('a', 900_000)}}"""));
        await AttackAsync(300, async (peer, ended) =>
        {
            var sending = peer.Connection.Socket.SendAsync(part, ended).AsTask();
            Count(await peer.NextAsync());
            await sending;
        });
        Assert.Contains(_seen.Keys, text => text.Contains("the node has no memory left", StringComparison.Ordinal) && text.Contains("\"allowReconnect\":true", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Slow_readers_of_large_broadcasts_are_closed()
    {
        var sent = new ConcurrentDictionary<int, int>();
        var body = $$"""{"target":"m","arguments":["{{new string('a', Megabyte)}}"]}""";
        await AttackAsync(
            200,
            async (peer, ended) => await ended.WhenCancelledAsync(),
            async ended =>
            {
                var rest = gateway.Rest();
                while (!ended.IsCancellationRequested)
                {
                    sent.AddOrUpdate(await rest.StatusAsync("POST", $"/api/hubs/{_hub}/:send", body), 1, static (_, count) => count + 1);
                }
            });
        Assert.True(sent.GetValueOrDefault(202) >= 3, string.Join(' ', sent));
        Assert.Empty(sent.Keys.Except([202, 429]));
    }

    [Fact]
    public async Task Floods_of_pings_without_reading_are_closed()
    {
        var pings = Enumerable.Range(0, 1000).SelectMany(_ => HubPeer.Frame(WebSocketOpcode.Ping, default)).ToArray();
        await AttackAsync(50, async (peer, ended) =>
        {
            while (!ended.IsCancellationRequested)
            {
                await peer.Connection.Socket.SendAsync(pings, ended);
            }
        });
    }

    [Fact]
    public async Task Bodies_that_come_slowly_are_refused()
    {
        var path = $"/api/hubs/{_hub}/:send";
        var head = $"POST {path} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nAuthorization: Bearer {RestCaller.Token(path)}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {Megabyte}\r\n\r\n";
        var piece = new byte[45_000];
        await AttackAsync(
            0,
            (_, _) => Task.CompletedTask,
            async ended => await Task.WhenAll(Enumerable.Range(0, 300).Select(async _ =>
            {
                var raw = await RawConnection.OpenAsync(gateway.Address);
                _attackers.Add(raw);
                await raw.WriteAsync(head);
                using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
                for (var i = 0; i < 20; i++)
                {
                    await raw.Socket.SendAsync(piece, ended);
                    await pace.WaitForNextTickAsync(ended);
                }

                Count((await raw.ReadHeadAsync())[..12]);
            })));
        Assert.True(_seen.GetValueOrDefault("HTTP/1.1 429") > 0, string.Join(' ', _seen));
    }

    private void HangUpstream() => gateway.UpstreamOf(_hub).Answer = async (request, _) =>
    {
        if (request.Category == "messages")
        {
            await gateway.UpstreamOf(_hub).Gate;
        }
    };

    private void Count(string text) => _seen.AddOrUpdate(text, 1, static (_, count) => count + 1);

    private static byte[] Call(string target, string arguments) =>
        HubPeer.Frame(WebSocketOpcode.Text, Encoding.UTF8.GetBytes($$"""{"type":1,"invocationId":"1","target":"{{target}}","arguments":{{arguments}}}""" + "\x1e"));

    // Runs many clients and one loop beside them, while another client makes calls.
    private async Task AttackAsync(int clients, Func<HubPeer, CancellationToken, Task> attack, Func<CancellationToken, Task>? beside = null)
    {
        using var ended = new CancellationTokenSource(Attack);
        await using (var neighbour = await gateway.ConnectAsync(GatewayFixture.NewHub()))
        {
            var attackers = Enumerable.Range(0, clients).Select(_ => Task.Run(() => AttackAsync(attack, ended.Token))).ToList();
            if (beside is not null)
            {
                attackers.Add(Task.Run(() => EndsAsync(() => beside(ended.Token))));
            }

            var (calls, most) = (0, 0L);
            while (!ended.IsCancellationRequested && !attackers.All(one => one.IsCompleted))
            {
                Assert.Equal("""{"type":3,"invocationId":"1"}""", await neighbour.InvokeAsync("call"));
                most = Math.Max(most, await HeldAsync());
                calls++;
            }

            await ended.CancelAsync();
            foreach (var raw in _attackers)
            {
                raw.Break();
            }

            gateway.UpstreamOf(_hub).LetGo();
            await Task.WhenAll(attackers).WaitAsync(3 * Waits.Limit);
            Assert.True(calls > 0, "The other client was not served.");
            Assert.InRange(most, 0, 80 * 1024 * 1024);
            Assert.Equal("""{"type":3,"invocationId":"1"}""", await neighbour.InvokeAsync("call"));
        }

        await Waits.UntilAsync(async () => await HeldAsync() < 64 * 1024, "no memory is held for disconnected clients");
        Assert.InRange(PeakKilobytes(), 0, MaxResidentKilobytes);
        Assert.False(gateway.Process.HasExited);
        await using var peer = await gateway.ConnectAsync(GatewayFixture.NewHub());
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("call"));
    }

    private Task AttackAsync(Func<HubPeer, CancellationToken, Task> attack, CancellationToken ended) => EndsAsync(async () =>
    {
        var peer = await HubPeer.ConnectAsync(gateway.Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json, receiveBuffer: 4096);
        _attackers.Add(peer.Connection);
        await attack(peer, ended);
    });

    // The gateway may close or refuse an attacker at any time.
    private static async Task EndsAsync(Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException or System.Net.Sockets.SocketException
            or EndOfStreamException or Xunit.Sdk.StartsWithException or TimeoutException or Xunit.Sdk.TrueException)
        {
        }
    }

    private async Task<long> HeldAsync()
    {
        using var http = new HttpClient(MemoryNetwork.CreateHandler()) { BaseAddress = gateway.Address, Timeout = 3 * Waits.Limit };
        using var health = JsonDocument.Parse(await http.GetStringAsync("/api/health"));
        Assert.Equal(64 * 1024 * 1024, health.RootElement.GetProperty("maxQueuedBytes").GetInt64());
        return health.RootElement.GetProperty("queuedBytes").GetInt64();
    }

    // VmHWM:     123456 kB                                                          proc(5), "/proc/pid/status"
    private int PeakKilobytes() => int.Parse(
        File.ReadLines($"/proc/{gateway.Process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
