using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Attacks;

/// <summary>Requests of senders without a key: each is answered with a 4xx or closed, and raises no alarm.</summary>
public sealed partial class StrangerTests(ProcessGateway gateway) : IClassFixture<ProcessGateway>
{
    private const int Seed = 20261128;

    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task Tokens_of_any_shape_are_refused_wherever_they_come()
    {
        var files = Directory.GetFiles(Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Fuzz", "Corpus", "tokens"));
        Assert.True(files.Length > 40, "The tokens were not found.");
        await Parallel.ForEachAsync(files, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (file, _) =>
        {
            var bytes = await File.ReadAllBytesAsync(file, CancellationToken.None);
            var header = $"Authorization: Bearer {Encoding.Latin1.GetString(bytes)}\r\n";
            var query = "&access_token=" + Uri.EscapeDataString(Encoding.UTF8.GetString(bytes));
            foreach (var request in (string[])
            [
                Request("POST", $"/client/negotiate?hub={_hub}", header + "Content-Length: 0\r\n"),
                Request("POST", $"/api/hubs/{_hub}/:send?api-version=2022-06-01", header + "Content-Length: 0\r\n"),
                Request("GET", "/admin/usage", header),
                Request("GET", $"/client/?hub={_hub}&id=x{query}", "Accept: text/event-stream\r\n"),
                Request("GET", $"/client/?hub={_hub}&id=x", header),
                HubPeer.UpgradeRequest(gateway.Address, _hub, null, query),
            ])
            {
                var status = await StatusAsync(request);
                Assert.True(status is 400 or 401 or 413, $"{status}: {Path.GetFileName(file)}: {request[..40]}");
            }
        });
        AssertQuiet();
    }

    // As Latin-1 bytes: UTF-8 and not.
    [Theory]
    [InlineData("http://m\u00c3\u00bcnchen.example")]
    [InlineData("http://m\u00fcnchen.example")]
    [InlineData("http://a\u00e2\u0080\u00a8b")]
    [InlineData("http://a\u00c2\u0085b")]
    [InlineData("http://a\u001bb")]
    [InlineData("http://a\u007fb")]
    public async Task Headers_that_no_response_can_repeat_are_a_bad_request(string value)
    {
        var token = GatewayFixture.ClientToken(_hub);
        var origin = $"Origin: {value}\r\n";
        var upgrade = HubPeer.UpgradeRequest(gateway.Address, _hub, token)[..^2] + origin + "\r\n";
        foreach (var request in (string[])
        [
            Request("POST", $"/client/negotiate?hub={_hub}", $"Authorization: Bearer {token}\r\nContent-Length: 0\r\n{origin}"),
            Request("OPTIONS", "/client/negotiate", $"Access-Control-Request-Method: POST\r\n{origin}"),
            Request("OPTIONS", "/client/negotiate", $"Access-Control-Request-Method: POST\r\nOrigin: http://a\r\nAccess-Control-Request-Headers: x,{value}\r\n"),
            Request("OPTIONS", "/client", $"Access-Control-Request-Method: {value}\r\nOrigin: http://a\r\n"),
            upgrade,
        ])
        {
            Assert.Equal(400, await StatusAsync(request));
        }

        // After another first request on the connection, the front is not involved.
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(Request("GET", "/api/health", ""));
        Assert.Equal(200, (await connection.ReadResponseAsync()).Status);
        await connection.WriteAsync(upgrade);
        Assert.Equal(400, (await connection.ReadResponseAsync()).Status);
        AssertQuiet();
    }

    [Fact]
    public async Task Resets_and_half_closed_connections_around_the_upgrade_end_alone()
    {
        var upgrade = HubPeer.UpgradeRequest(gateway.Address, _hub, GatewayFixture.ClientToken(_hub));
        await Parallel.ForAsync(0, 600, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var random = new Random(Seed + i);
            await using var connection = await RawConnection.OpenAsync(gateway.Address);
            try
            {
                await connection.WriteAsync(i % 4 == 0 ? upgrade[..random.Next(upgrade.Length)] : upgrade);
                Thread.SpinWait(random.Next(4000));
                if (i % 3 == 0)
                {
                    connection.Socket.Shutdown(SocketShutdown.Send);
                    await connection.EndsAsync();
                }
            }
            catch (IOException)
            {
                // The gateway has already closed the connection.
            }

            connection.Break();
        });
        using var http = new HttpClient(MemoryNetwork.CreateHandler()) { BaseAddress = gateway.Address };
        await Waits.UntilAsync(
            async () => (await http.GetStringAsync("/api/health")).Contains("\"connections\":0", StringComparison.Ordinal), "no client is connected");
        AssertQuiet();
    }

    [Fact]
    public async Task Garbage_on_the_port_is_a_bad_request_or_cut_off()
    {
        var random = new Random(Seed);
        var inputs = new List<string>
        {
            "\r\n\r\n", "\n", "\0", "GET", "GET /client", "GET /client/?\u00ff HTTP/1.1\r\n\r\n", "GET /client\0/ HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003" + new string('\u00aa', 500),
            Request("GET", "/client/?hub=" + new string('x', 70_000), ""),
            Request("GET", "/client/?hub=x", $"X: {new string('x', 40_000)}\r\n"),
            Request("GET", "/client/?hub=x", string.Concat(Enumerable.Range(0, 300).Select(static i => $"X{i}: 1\r\n"))),
            Request("GET", "/client/?hub=x", "X: a\0b\r\n"),
            Request("GET", "/client/?hub=x", ": x\r\n"),
            Request("GET", "/client/?hub=%", "Upgrade: websocket\r\nConnection: Upgrade\r\n"),
            Request("POST", "/client/?hub=x&id=y", "Content-Length: -1\r\n"),
            Request("POST", "/client/?hub=x&id=y", "Content-Length: 99999999999999999999\r\n"),
            Request("POST", "/client/negotiate?hub=x", "Transfer-Encoding: chunked\r\n") + "zz\r\n",
            Request("POST", "/client/negotiate?hub=x&negotiateVersion=999999999999", "Content-Length: 0\r\n"),
        };
        for (var i = 0; i < 100; i++)
        {
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            inputs.Add((i % 2 == 0 ? "GET /client" : "") + Encoding.Latin1.GetString(bytes));
        }

        await Parallel.ForEachAsync(inputs, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (input, _) =>
        {
            var status = await StatusAsync(input, isLast: true);
            Assert.True(status is null or (>= 400 and < 500) or 505, $"{status}: {input[..Math.Min(60, input.Length)]}");
        });
        AssertQuiet();
    }

    private string Request(string method, string target, string headers) => $"{method} {target} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n{headers}\r\n";

    // Returns null if the connection ends or breaks without a response.
    private async Task<int?> StatusAsync(string request, bool isLast = false)
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        try
        {
            await connection.WriteAsync(request);
            if (isLast)
            {
                connection.Socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // The gateway has already closed the connection.
        }

        // HTTP/2 is answered by one of its frames.
        return await connection.TryReadAsync(12) is { } start && start.Span.StartsWith("HTTP/1.1 "u8) ? int.Parse(Encoding.Latin1.GetString(start.Span[9..])) : null;
    }

    private void AssertQuiet() => Assert.DoesNotMatch(Alarm(), gateway.Server.Log);

    [GeneratedRegex(@"^(warn|fail|crit): |[Uu]nhandled|^\s+at ", RegexOptions.Multiline)]
    private static partial Regex Alarm();
}
