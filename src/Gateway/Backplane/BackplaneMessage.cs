using System.Buffers;
using Serverless.Gateway.Addressing;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Backplane;

/// <summary>The kind of a message between nodes. Nodes of different versions may be joined: numbers never change.</summary>
internal enum BackplaneKind
{
    /// <summary>An operation without an answer.</summary>
    Tell,

    /// <summary>An operation that is to be answered.</summary>
    Ask,

    /// <summary>The answer to an <see cref="Ask"/>.</summary>
    Reply,

    /// <summary>A notice that the hub's stream has new entries.</summary>
    Wake,

    /// <summary>An operation without an answer; a node without a receiver sends a <see cref="Denial"/>.</summary>
    Seek,

    /// <summary>A notice that a node has no receiver for a <see cref="Seek"/>; the payload is a byte with the reason.</summary>
    Denial,
}

/// <summary>
/// Represents a message between nodes: a MessagePack array
/// <c>[kind, sender, request, hub, target kind, target name, [excluded], payload]</c>. Only the routing reads the payload. Every version skips
/// the bytes behind the array, which are the signature (<see cref="Signing.BackplaneSigner"/>).
/// </summary>
/// <param name="Kind">The kind.</param>
/// <param name="Sender">The id of the node that sent it, which gets the answers.</param>
/// <param name="Request">The sender's number for the request or search.</param>
/// <param name="Hub">The hub.</param>
/// <param name="Target">The connections that it is for.</param>
/// <param name="Payload">The operation, or its answer.</param>
internal sealed record BackplaneMessage(BackplaneKind Kind, string Sender, long Request, HubName Hub, Target Target, ReadOnlyMemory<byte> Payload)
{
    private const int Fields = 8;

    /// <summary>Writes the message, with free bytes behind it.</summary>
    public byte[] Encode(int trailerBytes = 0)
    {
        var output = new ArrayBufferWriter<byte>(128 + Payload.Length);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(Fields);
        writer.WriteInt64((int)Kind);
        writer.WriteString(Sender);
        writer.WriteInt64(Request);
        writer.WriteString(Hub.Value ?? "");
        writer.WriteInt64((int)Target.Kind);
        writer.WriteString(Target.Name ?? "");
        writer.WriteArrayHeader(Target.Excluded?.Count ?? 0);
        foreach (var id in Target.Excluded ?? [])
        {
            writer.WriteString(id);
        }

        writer.WriteBinary(Payload.Span);
        var bytes = new byte[output.WrittenCount + trailerBytes];
        output.WrittenSpan.CopyTo(bytes);
        return bytes;
    }

    /// <summary>
    /// Reads a message; null if the bytes are not one, as from a node of another version. The payload is a slice of the bytes, not a copy.
    /// </summary>
    /// <param name="bytes">The message, and any bytes behind it.</param>
    /// <param name="length">The length of the message itself.</param>
    public static BackplaneMessage? Decode(ReadOnlyMemory<byte> bytes, out int length)
    {
        length = 0;
        try
        {
            var reader = new MessagePackReader(bytes.Span);
            if (reader.ReadArrayHeader() != Fields)
            {
                return null;
            }

            var kind = (BackplaneKind)reader.ReadInt64();
            var sender = reader.ReadString();
            var request = reader.ReadInt64();
            _ = HubName.TryRead(reader.ReadString(), out var hub);
            var targetKind = (TargetKind)reader.ReadInt64();
            var name = reader.ReadString();
            var excluded = new string[reader.ReadArrayHeader()];
            for (var i = 0; i < excluded.Length; i++)
            {
                excluded[i] = reader.ReadString();
            }

            var payloadLength = reader.ReadBinary().Length;
            length = reader.Position;
            return new BackplaneMessage(
                kind, sender, request, hub, new Target(targetKind, name, excluded), bytes.Slice(length - payloadLength, payloadLength));
        }
        catch (Serverless.Protocol.HubProtocolException)
        {
            return null;
        }
    }
}
