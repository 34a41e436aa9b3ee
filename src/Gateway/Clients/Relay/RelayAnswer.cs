using System.Buffers;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Clients.Relay;

/// <summary>
/// Represents the answer from the node where a client lives to the node that received its request: a MessagePack array
/// <c>[status, body]</c>.
/// </summary>
/// <param name="Status">An HTTP status.</param>
/// <param name="Body">Messages for a poll; else empty.</param>
internal readonly record struct RelayAnswer(int Status, ReadOnlyMemory<byte> Body = default)
{
    private const int Fields = 2;

    public byte[] Encode()
    {
        var output = new ArrayBufferWriter<byte>(16 + Body.Length);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(Fields);
        writer.WriteInt64(Status);
        writer.WriteBinary(Body.Span);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads an answer.</summary>
    /// <exception cref="Serverless.Protocol.HubProtocolException">The bytes are not an answer.</exception>
    public static RelayAnswer Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new MessagePackReader(bytes);
        reader.ReadArrayHeader();
        return new RelayAnswer((int)reader.ReadInt64(), reader.ReadBinary().ToArray());
    }
}
