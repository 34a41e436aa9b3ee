using System.Text;
using System.Text.Unicode;
using Serverless.Gateway.Connections.Framing;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Management;

/// <content>Reads MessagePack bodies; the bytes of arguments pass through unchanged.</content>
internal static partial class PayloadMessage
{
    // {"target":"m","arguments":[…]} as a MessagePack map
    internal static OutboundMessage FromMessagePack(ReadOnlySpan<byte> body)
    {
        CheckOneValue(body);
        var reader = new MessagePackReader(body);
        if (reader.PeekKind() != MessagePackKind.Map)
        {
            throw new HubProtocolException("It must be a map with 'target' and 'arguments'.");
        }

        string? target = null;
        byte[]? arguments = null;
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            var name = ReadName(ref reader);
            if (IsTarget(name))
            {
                target = ReadTarget(ref reader);
            }
            else if (string.Equals(name, "arguments", StringComparison.OrdinalIgnoreCase))
            {
                arguments = ReadArguments(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return string.IsNullOrEmpty(target)
            ? throw new HubProtocolException("'target' is required and must not be empty.")
            : OutboundMessage.Invocation(HubProtocol.MessagePack, target, arguments ?? HubProtocol.MessagePack.EmptyArray.ToArray());
    }

    internal static OutboundMessage FromFrames(ReadOnlySpan<byte> body) => FromFrames(body, EncodedSend);

    private static OutboundMessage FromFrames(ReadOnlySpan<byte> body, Func<HubProtocol, HubMessage, bool> isWanted)
    {
        var reader = new MessagePackReader(body);
        var frames = new List<(HubProtocol, Frame)>();
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            var name = reader.ReadString();
            var bytes = reader.ReadBinary();
            if (HubProtocol.Find(name) is { } protocol)
            {
                Check(protocol, bytes, isWanted);
                frames.Add((protocol, Frame.Copy(protocol.IsBinary, bytes)));
            }
        }

        return frames.Count > 0 && reader.IsAtEnd
            ? OutboundMessage.Encoded(frames)
            : throw new HubProtocolException("It must map 'json' or 'messagepack' to an encoded invocation, with no bytes after it.");
    }

    // True when a map is a message; false when it is a map of framed messages, whose values are binary data.
    private static bool HasTarget(ReadOnlySpan<byte> body)
    {
        var reader = new MessagePackReader(body);
        if (body.IsEmpty || reader.PeekKind() != MessagePackKind.Map)
        {
            return false;
        }

        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            if (IsTarget(ReadName(ref reader)) && reader.PeekKind() != MessagePackKind.Binary)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    private static bool IsTarget(string? name) => string.Equals(name, "target", StringComparison.OrdinalIgnoreCase);

    // Returns null for a key that is not text.
    private static string? ReadName(ref MessagePackReader reader)
    {
        if (reader.PeekKind() == MessagePackKind.String)
        {
            return reader.ReadString();
        }

        reader.Skip();
        return null;
    }

    private static string ReadTarget(ref MessagePackReader reader)
    {
        var text = reader.PeekKind() == MessagePackKind.String
            ? reader.ReadStringSpan()
            : throw new HubProtocolException("'target' must be a string.");
        return Utf8.IsValid(text) ? Encoding.UTF8.GetString(text) : throw new HubProtocolException("'target' is not valid UTF-8.");
    }

    private static byte[]? ReadArguments(ref MessagePackReader reader) =>
        reader.TryReadNil() ? null
        : reader.PeekKind() == MessagePackKind.Array ? reader.ReadRaw().ToArray()
        : throw new HubProtocolException("'arguments' must be an array.");

    private static byte[] CheckMessagePackValue(byte[] body)
    {
        CheckOneValue(body);
        return body;
    }

    // Checks the whole body, and its depth, before any part is kept.
    private static void CheckOneValue(ReadOnlySpan<byte> body)
    {
        var reader = new MessagePackReader(body.IsEmpty ? throw new HubProtocolException("Message in request body is required.") : body);
        reader.Skip();
        if (!reader.IsAtEnd)
        {
            throw new HubProtocolException("More bytes follow the MessagePack value.");
        }
    }

    private static void Check(HubProtocol protocol, ReadOnlySpan<byte> bytes, Func<HubProtocol, HubMessage, bool> isWanted)
    {
        if ((!protocol.IsBinary && !Utf8.IsValid(bytes))
            || !protocol.TryCut(bytes, 0, MaxBytes, out var message, out var consumed)
            || consumed != bytes.Length
            || (protocol.IsBinary && new MessagePackReader(message).ReadRaw().Length != message.Length)
            || !isWanted(protocol, protocol.Read(message)))
        {
            throw new HubProtocolException($"The value for '{protocol.Name}' is not a single encoded message of the expected type.");
        }
    }
}
