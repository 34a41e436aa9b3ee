using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Upstream.Requests;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Answers;

/// <summary>
/// Reads the items of a streamed answer as its bytes arrive. The body has framed hub messages of the client's protocol (stream items,
/// then at most one completion), or a JSON value on each line; its first bytes decide which.
/// </summary>
/// <param name="protocol">The client's protocol.</param>
/// <param name="invocationId">The invocation's id.</param>
/// <param name="queued">Counts the buffer.</param>
internal sealed class StreamItems(HubProtocol protocol, string invocationId, QueuedBytes queued) : IDisposable
{
    private const int LeastRoom = 4096;
    private const byte RecordSeparator = 0x1E;

    private byte[]? _buffer;
    private int _start;
    private int _end;
    private int _examined;
    private Form _form;

    private enum Form
    {
        Unknown,
        Messages,
        Lines,
    }

    /// <summary>True while no byte has arrived.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>True when the upstream has ended the stream with a completion of its own.</summary>
    public bool IsCompleted { get; private set; }

    private ReadOnlySpan<byte> Rest => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Returns the memory for the next bytes.</summary>
    /// <exception cref="StreamFormatException">An item exceeds the limit.</exception>
    public Memory<byte> GetRoom()
    {
        if (_start > 0)
        {
            Rest.CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end > UpstreamClient.MaxResponseBytes)
        {
            throw new StreamFormatException("Invocation failed, an item of the stream is too large.");
        }

        if (_buffer is null || _buffer.Length - _end < LeastRoom)
        {
            var bigger = ArrayPool<byte>.Shared.Rent(Math.Max(LeastRoom * 2, _end * 2));
            _buffer.AsSpan(0, _end).CopyTo(bigger);
            Dispose();
            _buffer = bigger;
            queued.Add(bigger.Length);
        }

        return _buffer.AsMemory(_end);
    }

    /// <summary>Adds the bytes that have been written to the memory of <see cref="GetRoom"/>.</summary>
    public void Add(int count)
    {
        _end += count;
        IsEmpty &= count == 0;
    }

    /// <summary>Returns the next frame for the client; null when it is not complete yet.</summary>
    /// <param name="isEnd">True when the body has ended.</param>
    /// <exception cref="StreamFormatException">The bytes are not a stream of this invocation.</exception>
    public Frame? Next(bool isEnd)
    {
        if (IsCompleted)
        {
            return null;
        }

        try
        {
            if (_form == Form.Unknown)
            {
                _form = Recognize(isEnd);
            }

            return _form switch
            {
                Form.Messages => NextMessage(isEnd),
                Form.Lines => NextLine(isEnd),
                _ => null,
            };
        }
        catch (Exception exception) when (exception is JsonException or HubProtocolException or HubMessageTooLargeException)
        {
            throw new StreamFormatException();
        }
    }

    public void Dispose()
    {
        if (_buffer is not null)
        {
            queued.Remove(_buffer.Length);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }

    private Form Recognize(bool isEnd)
    {
        var rest = Rest;
        if (protocol.IsBinary)
        {
            // A frame is a length and an array. No text has an array's first byte (0x90 to 0x9F) behind one below 0x80.
            return rest.Length < 2 ? (isEnd ? Form.Lines : Form.Unknown)
                : rest[0] >= 0x80 || rest[1] is >= 0x90 and <= 0x9F ? Form.Messages
                : Form.Lines;
        }

        var mark = rest.IndexOfAny((byte)'\n', RecordSeparator);
        if (mark < 0)
        {
            return isEnd ? Form.Lines : Form.Unknown;
        }

        if (rest[mark] == RecordSeparator)
        {
            return Form.Messages;
        }

        // A line break; within a message it is white space, and the text before it is not a whole value.
        var line = rest[..mark].Trim("\r\t "u8);
        return line.IsEmpty || IsJson(line) ? Form.Lines
            : rest.Contains(RecordSeparator) ? Form.Messages
            : isEnd ? throw new StreamFormatException()
            : Form.Unknown;
    }

    private Frame? NextMessage(bool isEnd)
    {
        var rest = Rest;
        if (!protocol.TryCut(rest, _examined, UpstreamClient.MaxResponseBytes, out var bytes, out var consumed))
        {
            _examined = rest.Length;
            return isEnd && !IsBlank(rest) ? throw new StreamFormatException() : null;
        }

        if (!protocol.IsBinary && !Utf8.IsValid(bytes))
        {
            throw new StreamFormatException();
        }

        var message = protocol.Read(bytes);
        IsCompleted = message.Type == HubMessageType.Completion;
        if ((!IsCompleted && message.Type != HubMessageType.StreamItem) || message.InvocationId != invocationId)
        {
            IsCompleted = false;
            throw new StreamFormatException();
        }

        var frame = !message.HasEmptyFields ? Frame.Copy(protocol.IsBinary, rest[..consumed])
            : IsCompleted ? CompletionFrames.Encode(protocol, invocationId, message)
            : Frames.StreamItem(protocol, invocationId, message.Value);
        Take(consumed);
        return frame;
    }

    // A line break may follow the last message.
    private bool IsBlank(ReadOnlySpan<byte> rest) => rest.IsEmpty || (!protocol.IsBinary && rest.Trim(" \t\r\n"u8).IsEmpty);

    private Frame? NextLine(bool isEnd)
    {
        while (true)
        {
            var rest = Rest;
            var length = rest[_examined..].IndexOf((byte)'\n');
            if (length < 0 && (!isEnd || rest.IsEmpty))
            {
                _examined = rest.Length;
                return null;
            }

            length = length < 0 ? rest.Length : length + _examined;
            var line = rest[..length].Trim("\r\t "u8);
            var frame = line.IsEmpty ? null : Item(line);
            Take(Math.Min(length + 1, rest.Length));
            if (frame is not null)
            {
                return frame;
            }
        }
    }

    private Frame Item(ReadOnlySpan<byte> json)
    {
        if (!IsJson(json))
        {
            throw new StreamFormatException();
        }

        if (!protocol.IsBinary)
        {
            return Frames.StreamItem(protocol, invocationId, json);
        }

        using var scratch = ScratchBuffer.Rent();
        Transcoder.JsonToMessagePack(json, scratch.Writer);
        return Frames.StreamItem(protocol, invocationId, scratch.Writer.WrittenSpan);
    }

    // Bytes that are not valid UTF-8 would end the client's connection.
    private static bool IsJson(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(text);
            while (reader.Read())
            {
                // Reads every token.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Take(int count)
    {
        _start += count;
        _examined = 0;
    }
}

/// <summary>The exception that is thrown when an upstream's body is not a stream of the invocation; the client gets its message.</summary>
internal sealed class StreamFormatException(string message = StreamFormatException.Unusable) : Exception(message)
{
    private const string Unusable = "Invocation failed, the upstream's response is no stream of this invocation.";
}
