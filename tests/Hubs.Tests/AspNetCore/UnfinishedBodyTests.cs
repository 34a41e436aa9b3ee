using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;
using Serverless.Protocol;

namespace Serverless.Hubs.Tests.AspNetCore;

/// <summary>
/// Requests whose body never arrives: the result is a status or a closed connection, no hub runs, and no error is logged.
/// </summary>
public sealed class UnfinishedBodyTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Script _script = new();
    private readonly LogRecorder _log = new();
    private WebApplication _app = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(_log);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(1.5));
        });
        builder.Services.AddSingleton(_script).AddScoped<ScopedThing>();
        builder.Services.AddSignalR()
            .AddServerless(options => options.ConnectionString = $"Endpoint=http://localhost;AccessKey={HubHost.Key};Version=1.0;");
        _app = builder.Build();
        _app.MapServerlessHub<CaseHub>("/cases");
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        Assert.Empty(_script.Calls);
        Assert.Empty(_log.TakeErrors());
    }

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData("Content-Length: 1000000")]
    [InlineData("Content-Length: 100000000000")]
    [InlineData("Transfer-Encoding: chunked")]
    [InlineData("Content-Length: 1000000\r\nExpect: 100-continue")]
    public async Task An_unsigned_request_is_refused_before_its_body_comes(string framing)
    {
        using var client = await SendAsync(framing, signature: "sha256=00", body: "1");

        Assert.Matches("^HTTP/1.1 401 (.*\r\n)+Connection: close\r\n", await ReadAsync(client, untilEnd: false));
    }

    [Fact]
    public async Task A_slow_body_of_a_signed_request_is_408()
    {
        using var client = await SendAsync("Content-Length: 11", HubHost.Sign("conn-1"), body: "{");

        Assert.StartsWith("HTTP/1.1 408 ", await ReadAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_chunk_is_400()
    {
        using var client = await SendAsync("Transfer-Encoding: chunked", HubHost.Sign("conn-1"), body: "zz\r\n{}\r\n0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", await ReadAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_announced_as_too_large_is_413_and_is_not_read()
    {
        using var client = await SendAsync("Content-Length: 1114113", HubHost.Sign("conn-1"), body: "{");

        var answer = await ReadAsync(client, untilEnd: false);
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("1114112 bytes", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_client_that_breaks_off_within_its_body_is_forgotten(bool isSigned, bool isReset)
    {
        using (var client = await SendAsync("Content-Length: 11", HubHost.Sign(isSigned ? "conn-1" : "conn-2"), body: "{"))
        {
            await UntilLoggedAsync("Request starting");
            client.Client.LingerState = new LingerOption(isReset, 0);
        }

        await UntilLoggedAsync("stopped.");
    }

    private async Task<TcpClient> SendAsync(string framing, string signature, string body)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(_app.Urls.Single()).Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /cases/upstream/connections/connected HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{framing}\r\n"
            + $"{UpstreamHeaders.ConnectionId}: conn-1\r\n{UpstreamHeaders.Hub}: casehub\r\n{UpstreamHeaders.Category}: connections\r\n"
            + $"{UpstreamHeaders.Event}: connected\r\n{UpstreamHeaders.Signature}: {signature}\r\n\r\n{body}"));
        return client;
    }

    private static async Task<string> ReadAsync(TcpClient client, bool untilEnd = true)
    {
        using var limit = new CancellationTokenSource(Limit);
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        while (await client.GetStream().ReadAsync(buffer, limit.Token) is var read and > 0)
        {
            answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
            if (!untilEnd && answer.ToString().Split("\r\n\r\n") is [_, { Length: > 0 }])
            {
                break;
            }
        }

        return answer.ToString();
    }

    private async Task UntilLoggedAsync(string text)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!_log.Entries.Any(entry => entry.Text.Contains(text, StringComparison.Ordinal)))
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
