using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Hosting;

/// <summary>The console of a gateway with all log levels, in each of its formats.</summary>
public sealed class SafeLogTests
{
    private const string Hub = "chat";
    private const string Hostile = "eve\r\nfail: Serverless.Forged[1]\n\u001b[2J\0\u2028\u2029\u0085\u009b\u202e\u007f end";

    [Theory]
    [InlineData("simple")]
    [InlineData("systemd")]
    [InlineData("json")]
    public async Task A_name_forges_no_line_and_no_token_is_logged_at_any_level(string format)
    {
        await using var gateway = await SettingsGateway.StartAsync("{}", new Dictionary<string, string?>
        {
            ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
            ["Logging__Console__FormatterName"] = format,
            ["Logging__Console__FormatterOptions__IncludeScopes"] = "true",
            ["Logging__LogLevel__Default"] = "Trace",
            ["Logging__LogLevel__Microsoft.AspNetCore"] = "Trace",
            ["Logging__LogLevel__Microsoft.Extensions.Hosting"] = "Trace",
            ["Logging__LogLevel__Microsoft.Hosting"] = "Trace",
            ["Logging__LogLevel__System"] = "Trace",
        });
        string[] tokens =
        [
            GatewayFixture.ClientToken(Hub, Hostile),
            GatewayFixture.ClientToken("other", "u1"),
            GatewayFixture.ClientToken(Hub, "u1", lifetime: TimeSpan.FromHours(-1)),
            GatewayFixture.ClientToken(Hub, "u1", key: GatewayFixture.SecondaryKey),
        ];
        await UseAsync(gateway, tokens[0]);
        foreach (var token in tokens)
        {
            await SendAsync(gateway, token);
        }

        await gateway.LoggedAsync("ServerSentEvents ended after");
        await gateway.LoggedAsync("WebSockets ended after");
        await gateway.Process.StopAsync();
        var log = gateway.Process.Log;
        Assert.Contains("Request starting", log, StringComparison.Ordinal);
        Assert.Contains("access_token=***", log.Replace("\\u0026", "&", StringComparison.Ordinal), StringComparison.Ordinal);
        foreach (var token in tokens)
        {
            // No part of a token may be logged: the payload names the user, and the signature completes the token.
            Assert.All(token.Split('.'), part => Assert.DoesNotContain(part, log, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(log, static c => c != '\n' && (char.IsControl(c) || c is '\u2028' or '\u2029' or '\u202e'));
        Assert.DoesNotContain(log.Split('\n'), static line => line.StartsWith("fail: Serverless.Forged", StringComparison.Ordinal));
        if (format == "json")
        {
            AssertJsonTellsTheName(log);
        }
        else
        {
            Assert.Contains(@"user eve\u000d\u000afail: Serverless.Forged[1]\u000a\u001b[2J\u0000\u2028\u2029\u0085\u009b\u202e\u007f end over", log, StringComparison.Ordinal);
        }
    }

    private static void AssertJsonTellsTheName(string log)
    {
        var users = new List<string?>();
        foreach (var line in log.Split('\n').Where(static line => line.StartsWith('{')))
        {
            using var entry = JsonDocument.Parse(line);
            if (entry.RootElement.GetProperty("EventId").GetInt32() == 7002 && entry.RootElement.GetProperty("Category").GetString()!.EndsWith("HubSession", StringComparison.Ordinal))
            {
                users.Add(entry.RootElement.GetProperty("State").GetProperty("UserId").GetString());
            }
        }

        Assert.Contains(Hostile, users);
    }

    // Connects a client over each transport, with its token in the query wherever the gateway accepts it there.
    private static async Task UseAsync(SettingsGateway gateway, string token)
    {
        var query = $"&access_token={token}";
        await using (var peer = await HubPeer.ConnectAsync(gateway.Address, Hub, null, HubProtocol.Json, query))
        {
            await peer.CloseAsync();
        }

        await using (var late = await RawConnection.OpenAsync(gateway.Address))
        {
            // An ordinary request, which the front passes on.
            await late.WriteAsync($"GET /api/health HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");
            await late.ReadResponseAsync();
            await late.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, Hub, null, query));
            Assert.StartsWith("HTTP/1.1 101", await late.ReadHeadAsync(), StringComparison.Ordinal);
        }

        var connectionToken = await HubPeer.NegotiateAsync(gateway.Address, Hub, token, "");
        await using var stream = await RawConnection.OpenAsync(gateway.Address);
        await stream.WriteAsync(
            $"GET /client/?hub={Hub}&id={connectionToken}{query} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nAccept: text/event-stream\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", await stream.ReadHeadAsync(), StringComparison.Ordinal);
    }

    // Sends requests that are refused: for their token, for its place, or because they are malformed.
    private static async Task SendAsync(SettingsGateway gateway, string token)
    {
        var host = $"Host: {gateway.Address.Authority}\r\n";
        var target = $"/client/?hub={Hub}&id=x&access_token={token}";
        foreach (var request in (string[])
        [
            HubPeer.UpgradeRequest(gateway.Address, Hub, null, $"&access_token={token}&id=x"),
            $"POST /client/negotiate?hub={Hub}&access_token={token} HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n",
            $"GET {target} HTTP/1.1\r\n{host}\r\n",
            $"GET {target} HTTP/1.1\r\n{host}Accept: text/event-stream\r\n\r\n",
            $"POST {target} HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n",
            $"DELETE {target} HTTP/1.1\r\n{host}\r\n",
            $"GET /client/?hub={Hub}&id=x HTTP/1.1\r\n{host}Authorization: Bearer {token}\r\n\r\n",
            $"GET {gateway.Address}client/?access%5Ftoken={token} HTTP/1.1\r\n{host}\r\n",
            $"GET /client/?access_token={token}\u00ff HTTP/1.1\r\n{host}\r\n",
            $"GET  /client/?access_token={token} HTTP/1.1\r\n{host}\r\n",
            $"GET /client/?access_token={token} HTTP/9.9\r\n{host}\r\n",
            $"G@T /client/?access_token={token} HTTP/1.1\r\n{host}\r\n",
            $"GET client/?access_token={token} HTTP/1.1\r\n{host}\r\n",
            $"GET /client/?access_token={token} HTTP/1.1\r\n{host}{host}\r\n",
            $"GET /client/?access_token={token} HTTP/1.1\r\n{host}Authorization Bearer {token}\r\n\r\n",
            $"GET /client/?access_token={token} HTTP/1.1\r\nHost: {token}/\r\n\r\n",
            $"GET /nowhere?access_token={token} HTTP/1.1\r\n{host}\r\n",
            $"GET /admin/usage?access_token={token} HTTP/1.1\r\n{host}\r\n",
        ])
        {
            await using var connection = await RawConnection.OpenAsync(gateway.Address);
            await connection.WriteAsync(request);
            Assert.Matches("^HTTP/1.1 (4..|505) ", await connection.ReadHeadAsync());
        }
    }
}
