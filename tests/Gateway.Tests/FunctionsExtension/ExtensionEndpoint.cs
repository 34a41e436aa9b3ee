using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Serverless.Gateway.Tests.FunctionsExtension;

/// <summary>
/// A stand-in for a function app with the SignalR extension: a bare TCP server, which does not normalize the gateway's requests, in front
/// of <see cref="ExtensionTrigger"/>, which answers only by the facts of
/// docs/contract/upstream-requests.md#answers-of-azure-functions.
/// </summary>
internal sealed class ExtensionEndpoint : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<string, ExtensionTrigger> _hubs = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public ExtensionEndpoint()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The webhook address in the form of the extension's documentation, with the system key.</summary>
    public string Webhook => $"http://{_listener.LocalEndpoint}/runtime/webhooks/signalr?code=system-key";

    /// <summary>Returns the functions of a hub.</summary>
    public ExtensionTrigger Hub(string hub) => _hubs.GetOrAdd(hub, static _ => new ExtensionTrigger());

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // The endpoint was stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using var held = client;
            await using var stream = client.GetStream();
            while (await ReadHeadAsync(stream) is { } head)
            {
                // A request without the length of its body would be detected: the rest would not be a valid request.
                var length = int.Parse(ExtensionRequest.Value(head, "Content-Length") ?? "0");
                var body = new byte[length];
                await stream.ReadExactlyAsync(body, _stop.Token);
                var request = new ExtensionRequest(head, body);
                var answer = Hub(request.Single("X-ASRS-Hub") ?? "").Handle(request);

                // The response has no Content-Type, as in the extension.
                var answerHead = $"HTTP/1.1 {answer.Status} {answer.Reason}\r\nContent-Length: {answer.Body.Length}\r\n\r\n";
                await stream.WriteAsync((byte[])[.. Encoding.Latin1.GetBytes(answerHead), .. answer.Body], _stop.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException)
        {
            // The gateway has closed the connection, or the test has ended.
        }
    }

    // Byte by byte: a head is small, and no byte of the body is read too early.
    private async Task<string?> ReadHeadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head is not [.., 13, 10, 13, 10])
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        return Encoding.UTF8.GetString([.. head]);
    }
}

/// <summary>A request as received.</summary>
internal sealed record ExtensionRequest(string Head, byte[] Body)
{
    public string RequestLine => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>Returns a header's value, untrimmed, or null. The header must not be repeated.</summary>
    public string? Single(string name) => Value(Head, name);

    /// <summary>
    /// Returns the text after <c>name:</c> and a single space, which writers insert; further spaces, leading or trailing, belong to the value.
    /// </summary>
    public static string? Value(string head, string name)
    {
        var lines = head.Split("\r\n").Skip(1).Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).ToList();
        return lines.Count switch
        {
            0 => null,
            1 when lines[0].Length > name.Length + 1 && lines[0][name.Length + 1] == ' ' => lines[0][(name.Length + 2)..],
            1 => throw new FormatException($"'{lines[0]}' has no space behind its colon."),
            _ => throw new FormatException($"'{name}' comes {lines.Count} times."),
        };
    }
}

/// <summary>A response of the extension.</summary>
internal sealed record ExtensionAnswer(int Status, byte[] Body, string Reason = "");
