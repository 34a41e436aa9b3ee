using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Serverless.Gateway.Tests.FunctionsExtension;

/// <summary>
/// Stands for a function app with the SignalR extension: a bare TCP server, so that nothing normalizes what the gateway sends, in front
/// of <see cref="ExtensionTrigger"/>, so that nothing but the facts of docs/contract/upstream-requests.md#answers-of-azure-functions decides how it
/// is answered.
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

    /// <summary>The address that the extension's documentation gives, with the system key.</summary>
    public string Webhook => $"http://{_listener.LocalEndpoint}/runtime/webhooks/signalr?code=system-key";

    /// <summary>The functions of one hub.</summary>
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
            // Stopped.
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
                // A gateway that did not say its body's length would be noticed: the rest would be no request.
                var length = int.Parse(ExtensionRequest.Value(head, "Content-Length") ?? "0");
                var body = new byte[length];
                await stream.ReadExactlyAsync(body, _stop.Token);
                var request = new ExtensionRequest(head, body);
                var answer = Hub(request.Single("X-ASRS-Hub") ?? "").Handle(request);

                // The answer has no Content-Type, as the extension's has none.
                var answerHead = $"HTTP/1.1 {answer.Status} {answer.Reason}\r\nContent-Length: {answer.Body.Length}\r\n\r\n";
                await stream.WriteAsync((byte[])[.. Encoding.Latin1.GetBytes(answerHead), .. answer.Body], _stop.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException)
        {
            // The gateway has gone, or the test is over.
        }
    }

    // Byte by byte: a head is small, and nothing of the body is taken too early.
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

/// <summary>A request as it came over the wire.</summary>
internal sealed record ExtensionRequest(string Head, byte[] Body)
{
    public string RequestLine => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>A header's value, if it is there, and on one line only; it is given as it stands, nothing trimmed.</summary>
    public string? Single(string name) => Value(Head, name);

    /// <summary>
    /// The text behind <c>name:</c> and the one space that writers put there; more spaces, before or behind, are the value's.
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

/// <summary>What the extension answers.</summary>
internal sealed record ExtensionAnswer(int Status, byte[] Body, string Reason = "");
