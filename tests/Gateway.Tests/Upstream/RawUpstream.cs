using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Serverless.Gateway.Tests.Upstream;

/// <summary>Runs an upstream on plain sockets, which chooses the answer for each request on each connection.</summary>
internal sealed class RawUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<int, Socket> _sockets = new();
    private readonly ConcurrentQueue<(int Connection, string Head)> _requests = new();
    private readonly Task _accepting;
    private int _connections;

    public RawUpstream()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Gets or sets the answers. Null closes the connection, and so does an answer that ends with <see cref="Closing"/>.</summary>
    public Func<int, int, string?> Answer { get; set; } = static (_, _) => Ok;

    public const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    public const string Closing = "<close>";

    public string Template => $"http://{_listener.LocalEndpoint}/{{hub}}/{{category}}/{{event}}";

    /// <summary>Gets the number of connections so far.</summary>
    public int Connections => _connections;

    /// <summary>Gets the requests that were read completely, with the numbers of their connections, from 0.</summary>
    public IReadOnlyList<(int Connection, string Head)> Requests => [.. _requests];

    /// <summary>Closes a connection now, with or without a reset.</summary>
    public void Close(int connection, bool withReset)
    {
        var socket = _sockets[connection];
        socket.LingerState = withReset ? new LingerOption(true, 0) : new LingerOption(false, 0);
        socket.Close();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (var socket in _sockets.Values)
        {
            socket.Dispose();
        }

        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                var number = _connections;
                _sockets[number] = socket;
                Interlocked.Increment(ref _connections);
                serving.Add(ServeAsync(socket, number));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket, int connection)
    {
        try
        {
            for (var request = 0; await ReadAsync(socket) is { } head; request++)
            {
                _requests.Enqueue((connection, head));
                var answer = Answer(connection, request) ?? Closing;
                var closes = answer.EndsWith(Closing, StringComparison.Ordinal);
                await socket.SendAsync(Encoding.ASCII.GetBytes(answer.Replace(Closing, "", StringComparison.Ordinal)));
                if (closes)
                {
                    socket.Close();
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed by a test, or by the gateway.
        }
    }

    // Reads one request: its head, and the body with the length in the head.
    private static async Task<string?> ReadAsync(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer);
            if (read == 0)
            {
                return null;
            }

            text.Append(Encoding.Latin1.GetString(buffer, 0, read));
            var all = text.ToString();
            var end = all.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0 && all.Length >= end + 4 + LengthOf(all))
            {
                return all[..end];
            }
        }
    }

    private static int LengthOf(string head)
    {
        const string Name = "Content-Length: ";
        var start = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        return start < 0 ? 0 : int.Parse(head.AsSpan(start + Name.Length)[..head.AsSpan(start + Name.Length).IndexOf('\r')]);
    }
}
