using System.Runtime.InteropServices;
using System.Text.Json;

namespace Serverless.Load;

/// <summary>
/// The HTTP endpoint behind both servers, in a process of its own: answers an invocation with a completion whose result is the first
/// argument, and any other request with an empty 200. Like the clients it runs on one thread over raw sockets.
/// </summary>
internal sealed unsafe class Upstream : IDisposable
{
    private const int BufferBytes = 64 * 1024;
    private const int MaxSockets = 20_000;

    private readonly Epoll _epoll = new();
    private readonly SlotPool _slots = new();
    private readonly Waiting[] _waiting = new Waiting[MaxSockets];
    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(BufferBytes);
    private readonly byte[] _answer = new byte[BufferBytes];
    private readonly int _listener;
    private UpstreamCounts _counts;

    internal Upstream()
    {
        _listener = Sockets.Listen(out var port);
        Port = port;
        _epoll.Add(_listener, _listener, Epoll.Readable);
    }

    internal int Port { get; }

    public void Dispose()
    {
        _ = Libc.Close(_listener);
        _epoll.Dispose();
        _slots.Dispose();
        NativeMemory.Free(_buffer);
    }

    internal void Run()
    {
        while (true)
        {
            foreach (var ready in _epoll.Wait(TimeSpan.FromSeconds(1)))
            {
                var socket = (int)ready.Data;
                if (socket == _listener)
                {
                    Accept();
                }
                else
                {
                    Receive(socket);
                }
            }
        }
    }

    private void Accept()
    {
        for (int socket; (socket = Sockets.Accept(_listener)) >= 0;)
        {
            _epoll.Add(socket, socket, Epoll.Readable);
        }
    }

    private void Receive(int socket)
    {
        ref var waiting = ref _waiting[socket];
        var length = waiting.Length;
        if (length > 0)
        {
            Buffer.MemoryCopy(waiting.Slot, _buffer, BufferBytes, length);
        }

        var received = (int)Libc.Receive(socket, _buffer + length, BufferBytes - length, 0);
        if (received < 0 && Marshal.GetLastPInvokeError() == Libc.Again)
        {
            return;
        }

        if (received <= 0)
        {
            Close(socket);
            return;
        }

        var bytes = new Span<byte>(_buffer, length + received);
        while (HttpMessage.TryRead(bytes, out var request))
        {
            var answerLength = Answer(request);
            bytes = bytes[request.Length..];
            fixed (byte* answer = _answer)
            {
                if (Libc.Send(socket, answer, answerLength, Libc.NoSignal) != answerLength)
                {
                    Close(socket);
                    return;
                }
            }
        }

        Keep(ref waiting, bytes);
    }

    private void Keep(ref Waiting waiting, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            if (waiting.Slot != null)
            {
                _slots.Return(waiting.Slot);
            }

            waiting = default;
            return;
        }

        if (waiting.Slot == null)
        {
            waiting.Slot = _slots.Rent();
        }

        bytes.CopyTo(new Span<byte>(waiting.Slot, SlotPool.SlotBytes));
        waiting.Length = bytes.Length;
    }

    private void Close(int socket)
    {
        Keep(ref _waiting[socket], default);
        _ = Libc.Close(socket);
    }

    private int Answer(HttpMessage request)
    {
        var line = request.FirstLine;
        if (line.StartsWith("GET "u8))
        {
            return WriteAnswer(JsonSerializer.SerializeToUtf8Bytes(_counts, UpstreamJson.Default.UpstreamCounts), default, default);
        }

        if (line.IndexOf("/connections/connected "u8) >= 0)
        {
            _counts.Connected++;
            return WriteAnswer(default, default, default);
        }

        if (line.IndexOf("/connections/disconnected "u8) >= 0)
        {
            _counts.Disconnected++;
            return WriteAnswer(default, default, default);
        }

        _counts.Messages++;
        _counts.Signed += request.IsSigned ? 1 : 0;
        if (line.IndexOf("/api/peer/"u8) >= 0)
        {
            return WriteAnswer(request.Body, default, default);
        }

        ReadInvocation(request.Body, out var id, out var argument);
        return WriteAnswer(id, argument, "\u001e"u8);
    }

    private static void ReadInvocation(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> id, out ReadOnlySpan<byte> argument)
    {
        id = default;
        argument = default;
        var reader = new Utf8JsonReader(body);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("invocationId"u8);
            var isArguments = reader.ValueTextEquals("arguments"u8);
            reader.Read();
            if (isId && reader.TokenType == JsonTokenType.String)
            {
                id = reader.ValueSpan;
            }
            else if (isArguments && reader.Read() && reader.TokenType == JsonTokenType.String)
            {
                argument = reader.ValueSpan;
                reader.Read();
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>Writes a response: a completion if the request has an argument, otherwise the first part unchanged.</summary>
    private int WriteAnswer(ReadOnlySpan<byte> id, ReadOnlySpan<byte> argument, ReadOnlySpan<byte> separator)
    {
        var head = "{\"type\":3,\"invocationId\":\""u8;
        var middle = "\",\"result\":\""u8;
        var tail = "\"}"u8;
        if (argument.IsEmpty)
        {
            var start = WriteHead(id.Length);
            id.CopyTo(_answer.AsSpan(start));
            return start + id.Length;
        }

        var length = WriteHead(head.Length + id.Length + middle.Length + argument.Length + tail.Length + separator.Length);
        Append(head, ref length);
        Append(id, ref length);
        Append(middle, ref length);
        Append(argument, ref length);
        Append(tail, ref length);
        Append(separator, ref length);
        return length;
    }

    private int WriteHead(int bodyLength)
    {
        _ = System.Text.Unicode.Utf8.TryWrite(
            _answer,
            $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {bodyLength}\r\n\r\n",
            out var length);
        return length;
    }

    private void Append(ReadOnlySpan<byte> part, ref int length)
    {
        part.CopyTo(_answer.AsSpan(length));
        length += part.Length;
    }

    private struct Waiting
    {
        internal byte* Slot;
        internal int Length;
    }
}
