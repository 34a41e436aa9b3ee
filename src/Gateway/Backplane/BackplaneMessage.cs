using System.Buffers;
using Serverless.Gateway.Addressing;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Backplane;

/// <summary>What a message between nodes is. Nodes of different versions may be joined: numbers never change.</summary>
internal enum BackplaneKind
{
    /// <summary>To be acted on; nobody waits.</summary>
    Tell,

    /// <summary>To be acted on and answered.</summary>
    Ask,

    /// <summary>An answer.</summary>
    Reply,

    /// <summary>There is something in the hub's stream.</summary>
    Wake,

    /// <summary>To be acted on; a node that has nobody for it says so.</summary>
    Seek,

    /// <summary>A node has nobody for what was sought: a byte that says why.</summary>
    Denial,
}

/// <summary>
/// A message between nodes: a MessagePack array <c>[kind, sender, request, hub, target kind, target name, [excluded], payload]</c>. The
/// payload means something to the routing only. Whatever follows the array is passed over by every version that reads one: the signature
/// (<see cref="Signing.BackplaneSigner"/>) stands there.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Sender">The node that sent it; answers go there.</param>
/// <param name="Request">The request's number, or the search's, at its sender.</param>
/// <param name="Hub">The hub.</param>
/// <param name="Target">Whom it is about.</param>
/// <param name="Payload">The operation, or its answer.</param>
internal sealed record BackplaneMessage(BackplaneKind Kind, string Sender, long Request, HubName Hub, Target Target, ReadOnlyMemory<byte> Payload)
{
    private const int Fields = 8;

    /// <summary>Writes the message, and leaves bytes free behind it.</summary>
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

    /// <summary>Reads a message; null if it is none, from a node of another version for instance. The payload is a part of the bytes, not a copy.</summary>
    /// <param name="bytes">The message, and maybe more behind it.</param>
    /// <param name="length">Bytes of the message itself.</param>
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
