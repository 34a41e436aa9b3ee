using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Serverless.Load;

/// <summary>The request that makes a server send a payload to clients.</summary>
internal sealed class BroadcastRequest
{
    internal BroadcastRequest(string path, int port, string? token, int payloadBytes)
    {
        Port = port;
        PayloadBytes = payloadBytes;
        var head = "{\"target\":\"news\",\"arguments\":[\"";
        var tail = "\"]}";
        var lines = $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n" +
            (token is null ? "" : $"Authorization: Bearer {token}\r\n") +
            $"Content-Length: {head.Length + payloadBytes + tail.Length}\r\n\r\n{head}";
        PayloadAt = lines.Length;
        Template = [.. Encoding.ASCII.GetBytes(lines), .. new byte[payloadBytes], .. Encoding.ASCII.GetBytes(tail)];
        Payload.Fill(Template.AsSpan(PayloadAt, payloadBytes));
    }

    internal int Port { get; }

    internal byte[] Template { get; }

    internal int PayloadAt { get; }

    internal int PayloadBytes { get; }
}

/// <summary>
/// A publisher: a persistent HTTP connection that sends its broadcasts one after the other, so that their order is guaranteed.
/// </summary>
internal sealed unsafe class Publisher(int socket, BroadcastRequest request, int lane) : IDisposable
{
    private const int TooManyRequests = 429;

    private readonly byte[] _response = new byte[16 * 1024];
    private int _responseBytes;

    internal int Socket => socket;

    /// <summary>The number of accepted broadcasts, which is also the sequence number of the next one.</summary>
    internal uint Accepted { get; private set; }

    internal bool IsWaiting { get; private set; }

    /// <summary>The number of broadcasts that the server refused with a request to retry later.</summary>
    internal int Refused { get; private set; }

    public void Dispose() => _ = Libc.Close(socket);

    internal void Publish(long timestamp) => Publish(request, Accepted, timestamp);

    /// <summary>Sends another request, with a sequence number of the caller.</summary>
    internal void Publish(BroadcastRequest message, uint sequence, long timestamp)
    {
        // The template is shared: it is not written again before the kernel has a copy.
        Payload.Write(message.Template.AsSpan(message.PayloadAt), lane, sequence, timestamp);
        IsWaiting = true;
        fixed (byte* bytes = message.Template)
        {
            if (Libc.Send(socket, bytes, message.Template.Length, Libc.NoSignal) != message.Template.Length)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError(), "The server did not take a broadcast.");
            }
        }
    }

    internal void Receive()
    {
        fixed (byte* bytes = _response)
        {
            var received = (int)Libc.Receive(socket, bytes + _responseBytes, _response.Length - _responseBytes, 0);
            if (received <= 0)
            {
                throw new InvalidOperationException("The server closed the publisher's connection.");
            }

            _responseBytes += received;
        }

        if (!HttpMessage.TryRead(_response.AsSpan(0, _responseBytes), out var response))
        {
            return;
        }

        _responseBytes = 0;
        IsWaiting = false;
        switch (response.Status)
        {
            case >= 200 and < 300:
                Accepted++;
                break;
            case TooManyRequests:
                Refused++;
                break;
            default:
                var (line, body) = (Encoding.UTF8.GetString(response.FirstLine), Encoding.UTF8.GetString(response.Body));
                throw new InvalidOperationException($"A broadcast was answered with {line}: {body}");
        }
    }
}
