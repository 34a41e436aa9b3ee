using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Serverless.Gateway.Tests.InMemory;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A bare connection, over TCP, over TLS or in memory, with as much HTTP/1.1 as the tests need, byte by byte where required.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private readonly Socket? _socket;
    private readonly MemoryStreamPair? _memory;
    private readonly Stream _stream;
    private byte[] _buffer = [];

    private RawConnection(Socket socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
    }

    private RawConnection(MemoryStreamPair memory)
    {
        _memory = memory;
        _stream = memory.Client;
    }

    public Socket Socket => _socket ?? throw new InvalidOperationException("A connection in memory has no socket.");

    /// <summary>Connects.</summary>
    /// <param name="address">The server, on the machine's network or in memory.</param>
    /// <param name="receiveBuffer">Bytes that may be on their way to a client that does not read; 0 for the usual.</param>
    public static async Task<RawConnection> OpenAsync(Uri address, int receiveBuffer = 0)
    {
        if (MemoryNetwork.TryConnect(address.Port, receiveBuffer > 0 ? receiveBuffer : MemoryTransport.Window) is { } memory)
        {
            return new RawConnection(memory);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
        {
            socket.ReceiveBufferSize = receiveBuffer;
        }

        await socket.ConnectAsync(address.Host, address.Port, Waits.Limited());
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (address.Scheme == "https")
        {
            var tls = new SslStream(stream, leaveInnerStreamOpen: false, static (_, certificate, _, _) => certificate?.Subject == "CN=localhost");
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, Waits.Limited());
            stream = tls;
        }

        return new RawConnection(socket, stream);
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await _stream.WriteAsync(bytes, Waits.Limited());
        await _stream.FlushAsync(Waits.Limited());
    }

    public Task WriteAsync(string text) => WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Reads up to the end of an HTTP head, its empty line included.</summary>
    public async Task<string> ReadHeadAsync()
    {
        while (true)
        {
            var end = _buffer.AsSpan().IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                return Encoding.Latin1.GetString((await ReadAsync(end + 4)).Span);
            }

            Assert.True(await FillAsync(), $"The connection ended within a head: {Encoding.Latin1.GetString(_buffer)}");
        }
    }

    /// <summary>Reads a response with a content length or in chunks.</summary>
    public async Task<RawResponse> ReadResponseAsync(bool isHead = false)
    {
        var head = await ReadHeadAsync();
        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1)
            .Select(line => line.Split(':', 2))
            .ToLookup(pair => pair[0], pair => pair[1].Trim(), StringComparer.OrdinalIgnoreCase);
        var status = int.Parse(lines[0].Split(' ')[1]);
        var body = new MemoryStream();
        if (!isHead && headers["Transfer-Encoding"].Any())
        {
            while (Convert.ToInt32(await ReadLineAsync(), 16) is var size and > 0)
            {
                body.Write((await ReadAsync(size)).Span);
                await ReadLineAsync();
            }

            await ReadLineAsync();
        }
        else if (!isHead && headers["Content-Length"].FirstOrDefault() is { } length)
        {
            body.Write((await ReadAsync(int.Parse(length))).Span);
        }

        return new RawResponse(status, headers, Encoding.UTF8.GetString(body.ToArray()));
    }

    /// <summary>Reads exactly the given number of bytes.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(int count) =>
        await TryReadAsync(count) ?? throw new EndOfStreamException($"The connection ended; {count} bytes were expected.");

    /// <summary>Reads exactly the given number of bytes; returns null if the connection ends or breaks before.</summary>
    public async Task<ReadOnlyMemory<byte>?> TryReadAsync(int count)
    {
        while (_buffer.Length < count)
        {
            if (!await FillAsync())
            {
                return null;
            }
        }

        var taken = _buffer.AsMemory(0, count);
        _buffer = _buffer[count..];
        return taken;
    }

    /// <summary>Returns true when the connection ends before another byte arrives.</summary>
    public async Task<bool> EndsAsync() => _buffer.Length == 0 && !await FillAsync();

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stream.DisposeAsync();
        }
        catch (IOException)
        {
            // The connection has already ended.
        }
    }

    /// <summary>Resets the connection.</summary>
    public void Break()
    {
        if (_socket is null)
        {
            _memory!.Break();
            return;
        }

        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal))
        {
            line.Append((char)(await ReadAsync(1)).Span[0]);
        }

        return line.ToString()[..^2];
    }

    private async Task<bool> FillAsync()
    {
        var chunk = new byte[64 * 1024];
        int read;
        try
        {
            read = await _stream.ReadAsync(chunk, Waits.Limited());
        }
        catch (IOException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No byte was received within {Waits.Limit}.");
        }

        _buffer = [.. _buffer, .. chunk.AsSpan(0, read)];
        return read > 0;
    }
}

/// <summary>An HTTP response as received.</summary>
internal sealed record RawResponse(int Status, ILookup<string, string> Headers, string Body)
{
    public string? Header(string name) => Headers[name].FirstOrDefault();
}
