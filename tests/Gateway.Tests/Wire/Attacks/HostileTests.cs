using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Attacks;

/// <summary>
/// Clients that send arbitrary bytes, and many that connect and disconnect at once. Afterwards the gateway has no connection left, has sent
/// the upstream each connection's events once, has logged no error, and serves as before.
/// </summary>
public sealed class HostileTests(ProcessGateway gateway) : IClassFixture<ProcessGateway>
{
    private const int Seed = 20261121;

    private readonly string _hub = GatewayFixture.NewHub();

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task Sessions_with_changed_bytes_end_or_go_on_and_hurt_nobody(string name)
    {
        var protocol = HubProtocol.Find(name)!;
        var events = CountEvents();
        byte[][] messages = protocol.IsBinary
            ? [Prefixed("960180a131a3616464920102" + "90"), Prefixed("9106"), Prefixed("950380a1310303"), Prefixed("960180c0a17891dc000290" + "90")]
            : [.. new[] { """{"type":1,"invocationId":"1","target":"ü","arguments":[1,{"a":"b"}]}""", """{"type":6}""", """{"type":3,"invocationId":"1","result":1}""" }
                .Select(text => Encoding.UTF8.GetBytes(text + "\x1e"))];
        var opcode = protocol.IsBinary ? WebSocketOpcode.Binary : WebSocketOpcode.Text;
        byte[] session =
        [
            .. HubPeer.Frame(WebSocketOpcode.Text, Encoding.UTF8.GetBytes($$"""{"protocol":"{{name}}","version":1}""" + "\x1e")),
            .. messages.SelectMany(message => HubPeer.Frame(opcode, message)),
            .. HubPeer.Frame(WebSocketOpcode.Ping, "ping"u8),
            .. HubPeer.Frame(opcode, messages[0].AsSpan(0, 5), fin: false),
            .. HubPeer.Frame(WebSocketOpcode.Continuation, messages[0].AsSpan(5)),
            .. HubPeer.Frame(WebSocketOpcode.Close, [0x03, 0xE8]),
        ];
        await Parallel.ForAsync(0, 300, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var random = new Random(Seed + i);
            var bytes = (byte[])session.Clone();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                // The first third are changed after the handshake, so that more of them are processed further.
                bytes[random.Next(i < 100 ? 50 : 0, bytes.Length)] = (byte)random.Next(256);
            }

            await using var peer = await HubPeer.OpenAsync(gateway.Address, _hub, GatewayFixture.ClientToken(_hub), protocol);
            var split = random.Next(bytes.Length);
            try
            {
                await peer.Connection.WriteAsync(bytes.AsMemory(0, split));
                await peer.Connection.WriteAsync(bytes.AsMemory(split));
            }
            catch (IOException)
            {
                // The gateway has already closed the connection.
            }
        });

        await AssertAllGoneAsync(events);
    }

    [Fact]
    public async Task Requests_with_changed_bytes_are_answered_or_cut_off()
    {
        var path = $"/api/hubs/{_hub}/groups/g%2F1/:send?api-version=2022-06-01&excluded=a";
        var requests = new[]
        {
            HubPeer.UpgradeRequest(gateway.Address, _hub, GatewayFixture.ClientToken(_hub)),
            $"POST /client/negotiate?hub={_hub}&negotiateVersion=1 HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nContent-Length: 0\r\n"
                + $"Authorization: Bearer {GatewayFixture.ClientToken(_hub)}\r\n\r\n",
            $"POST {path} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nAuthorization: Bearer {RestCaller.Token(path)}\r\n"
                + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"target\":\"mmm\"}\r\n0\r\n\r\n",
        };
        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var random = new Random(Seed + i);
            var bytes = Encoding.Latin1.GetBytes(requests[i % requests.Length]);
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            await using var connection = await RawConnection.OpenAsync(gateway.Address);
            try
            {
                await connection.WriteAsync(bytes);
            }
            catch (IOException)
            {
                // The gateway has already closed the connection.
            }
        });
        await AssertAllGoneAsync(null);
    }

    [Fact]
    public async Task A_message_in_fragments_of_one_byte_is_read_as_fast_as_it_comes()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        var message = Encoding.UTF8.GetBytes($$"""{"type":1,"invocationId":"1","target":"x","arguments":["{{new string('x', 100_000)}}"]}""" + "\x1e");
        var frames = message.SelectMany((one, i) => HubPeer.Frame(
            i == 0 ? WebSocketOpcode.Text : WebSocketOpcode.Continuation, [one], fin: i == message.Length - 1)).ToArray();
        await peer.Connection.WriteAsync(frames);
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.NextAsync());
    }

    [Fact]
    public async Task Clients_that_come_and_go_amid_broadcasts_and_group_changes_leave_nothing_behind()
    {
        var events = CountEvents();
        var rest = gateway.Rest();
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await rest.SendMessageAsync($"/api/hubs/{_hub}/groups/g{i % 3}/:send", "m", $"[{i}]");
                await rest.SendMessageAsync($"/api/hubs/{_hub}/:send", "m", $"[{i}]");
            }
        });
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var peer = await gateway.ConnectAsync(_hub, "u" + (i % 5), i % 2 == 0 ? HubProtocol.Json : HubProtocol.MessagePack);
            await rest.SendAsync("PUT", $"/api/hubs/{_hub}/users/u{i % 5}/groups/g{i % 3}");
            if (i % 4 == 0)
            {
                await rest.SendAsync("DELETE", $"/api/hubs/{_hub}/users/u{i % 5}/groups");
            }

            switch (i % 3)
            {
                case 0:
                    await peer.CloseAsync();
                    break;
                case 1:
                    peer.Connection.Break();
                    break;
                default:
                    await peer.DisposeAsync();
                    break;
            }
        });
        await stop.CancelAsync();
        await sending;

        await AssertAllGoneAsync(events);
        Assert.Equal(200, events.Count);
        foreach (var path in (string[])["users/u1", "groups/g0", "groups/g1", "groups/g2"])
        {
            Assert.Equal(404, await rest.StatusAsync("HEAD", $"/api/hubs/{_hub}/{path}"));
        }
    }

    private static byte[] Prefixed(string hex) => [.. HubPeer.LengthPrefix(hex.Length / 2), .. Convert.FromHexString(hex)];

    // Returns a number per connection: one for connected, a thousand for disconnected.
    private ConcurrentDictionary<string, int> CountEvents()
    {
        var events = new ConcurrentDictionary<string, int>();
        gateway.UpstreamOf(_hub).Answer = (request, _) =>
        {
            if (request.Category == "connections")
            {
                events.AddOrUpdate(
                    request.ConnectionId,
                    _ => request.Event == "connected" ? 1 : 1000,
                    (_, count) => count + (request.Event == "connected" ? 1 : 1000));
            }

            return Task.CompletedTask;
        };
        return events;
    }

    private async Task AssertAllGoneAsync(ConcurrentDictionary<string, int>? events)
    {
        using var http = new HttpClient(MemoryNetwork.CreateHandler()) { BaseAddress = gateway.Address };
        await Waits.UntilAsync(
            async () =>
            {
                using var health = JsonDocument.Parse(await http.GetStringAsync("/api/health"));
                return health.RootElement.GetProperty("connections").GetInt32() == 0;
            },
            "no client is connected");
        if (events is not null)
        {
            await Waits.UntilAsync(() => events.Values.All(count => count == 1001), "each connection has one connected and one disconnected event");
            Assert.NotEmpty(events);
        }

        await using var peer = await gateway.ConnectAsync(GatewayFixture.NewHub());
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x"));
    }
}
