using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Endpoints;
using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Hosting;

/// <summary>
/// Runs the code of answers, refusals and failures once at start, so that its assemblies are loaded. Loading an assembly takes two
/// descriptors; a load that first happens when the process has none free fails, and stays failed for the life of the process.
/// </summary>
internal sealed partial class SelfTest(IServer server, DrainWorkers workers, ILogger<SelfTest> logger)
{
    private const string NoSuchToken = "Bearer e30.e30.AA";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    // Requests without access, with the status of each answer.
    private static readonly (HttpMethod Method, string Path, string? Accept, int Status)[] Requests =
    [
        (HttpMethod.Get, "/health/live", null, StatusCodes.Status200OK),
        (HttpMethod.Get, "/api/health", null, StatusCodes.Status200OK),
        (HttpMethod.Get, "/self-test", null, StatusCodes.Status404NotFound),
        (HttpMethod.Post, "/client/negotiate?hub=selftest", null, StatusCodes.Status401Unauthorized),
        (HttpMethod.Get, "/client/?hub=selftest", null, StatusCodes.Status401Unauthorized),
        (HttpMethod.Get, "/client/?hub=selftest", "text/event-stream", StatusCodes.Status401Unauthorized),
        (HttpMethod.Post, "/api/v1/hubs/selftest/:send", null, StatusCodes.Status401Unauthorized),
    ];

    private bool _hasFailed;

    /// <summary>Runs all checks; a failure is logged and does not stop the node from serving.</summary>
    public async Task RunAsync()
    {
        using var limit = new CancellationTokenSource(Timeout);
        try
        {
            var drained = workers.MarkAsync();
            workers.Wake();
            await drained;
            await ClientResponses.RefuseAsync(new DefaultHttpContext(), Refusal.Full);
            await FailToConnectAsync(limit.Token);
            if (Address() is { } address)
            {
                await AskAsync(address, limit.Token);
                await AskRawAsync(address, limit.Token);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException or OperationCanceledException or InvalidOperationException)
        {
            Fail(exception.Message);
        }

        if (!_hasFailed)
        {
            Log.Passed(logger);
        }

        if (DescriptorLimit.InUse() is { } used && used > NodeBudget.RuntimeDescriptors + NodeBudget.ServiceDescriptors)
        {
            Log.Reserve(logger, used, NodeBudget.RuntimeDescriptors + NodeBudget.ServiceDescriptors);
        }
    }

    // The first TCP endpoint; null if there is none.
    private Uri? Address() => server.Features.Get<IServerAddressesFeature>()?.Addresses
        .Select(static address => Uri.TryCreate(Greeting.BrowserAddress(address), UriKind.Absolute, out var uri) ? uri : null)
        .FirstOrDefault(static uri => uri is { Scheme: "http" or "https", Port: > 0 });

    // Runs the path of a call whose upstream is unreachable, and formats an exception with its stack.
    private static async Task FailToConnectAsync(CancellationToken cancel)
    {
        using var taken = new Socket(SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var http = CreateClient();
        try
        {
            // The port is bound and not listening: every system refuses the connection.
            await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndPoint!).Port}/"), cancel);
        }
        catch (HttpRequestException exception)
        {
            _ = exception.ToString();
        }
    }

    private async Task AskAsync(Uri address, CancellationToken cancel)
    {
        using var http = CreateClient();
        foreach (var (method, path, accept, status) in Requests)
        {
            using var request = new HttpRequestMessage(method, new Uri(address, path)) { Headers = { { "Authorization", NoSuchToken } } };
            if (accept is not null)
            {
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
            }

            using var response = await http.SendAsync(request, cancel);
            Expect(status, (int)response.StatusCode, path);
        }
    }

    // Sends heads that an HTTP client does not send: one for the WebSocket front's parser, and one that is not HTTP.
    private async Task AskRawAsync(Uri address, CancellationToken cancel)
    {
        Expect(StatusCodes.Status401Unauthorized, await SendAsync(
            address,
            $"GET /client/?hub=selftest HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: {NoSuchToken}\r\n\r\n",
            cancel), "a WebSocket upgrade");
        Expect(StatusCodes.Status400BadRequest, await SendAsync(address, "GET / HTTP/1.1\r\n\r\n", cancel), "a request without a host");
    }

    private static async Task<int> SendAsync(Uri address, string head, CancellationToken cancel)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host.Trim('[', ']'), address.Port, cancel);
        await using var stream = await OpenAsync(client, address, cancel);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), cancel);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var line = await reader.ReadLineAsync(cancel) ?? "";
        return line.Split(' ') is ["HTTP/1.1", var status, ..] && int.TryParse(status, out var code) ? code : 0;
    }

    private static async Task<Stream> OpenAsync(TcpClient client, Uri address, CancellationToken cancel)
    {
        if (address.Scheme == Uri.UriSchemeHttp)
        {
            return client.GetStream();
        }

        var secure = new SslStream(client.GetStream());
        await secure.AuthenticateAsClientAsync(Trusting(address.Host), cancel);
        return secure;
    }

    private static HttpMessageInvoker CreateClient() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        SslOptions = Trusting(null),
    });

    // The node calls itself: its certificate is for the names that clients use.
    [SuppressMessage("Security", "CA5359", Justification = "Nothing secret is sent, and the address is the node's own.")]
    private static SslClientAuthenticationOptions Trusting(string? host) => new()
    {
        TargetHost = host,
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
    };

    private void Expect(int wanted, int status, string what)
    {
        if (status != wanted)
        {
            Fail($"{what} was answered with {status} instead of {wanted}");
        }
    }

    private void Fail(string reason)
    {
        _hasFailed = true;
        Log.Failed(logger, reason);
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Hosting + 3,
            LogLevel.Warning,
            "The self-test at start did not complete: {Reason}. The node serves clients nevertheless.",
            EventName = "SelfTestFailed")]
        public static partial void Failed(ILogger logger, string reason);

        [LoggerMessage(
            Observability.EventIds.Hosting + 4,
            LogLevel.Warning,
            "The process has {Used} descriptors open at its start; {Reserved} are reserved beside those of clients. With all clients connected "
            + "it may run out: lower Gateway:Clients:MaxConnections by the difference.",
            EventName = "DescriptorReserveSmall")]
        public static partial void Reserve(ILogger logger, int used, int reserved);

        [LoggerMessage(Observability.EventIds.Hosting + 5, LogLevel.Debug, "The self-test at start has passed.", EventName = "SelfTestPassed")]
        public static partial void Passed(ILogger logger);
    }
}
