using System.Buffers;
using System.ComponentModel;
using System.Text.Json;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Hubs.Descriptors;

/// <summary>
/// Represents the result of a hub method, encoded independently of the hub protocol. Clients receive <see cref="None"/> as null.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct HubResult
{
    // At most one of the two is set. Binary data stays binary for MessagePack clients; binary data nested in other data is base64 text, as
    // in JSON.
    private readonly byte[]? _json;
    private readonly byte[]? _binary;

    private HubResult(byte[]? json, byte[]? binary)
    {
        _json = json;
        _binary = binary;
    }

    /// <summary>Gets the result of a method without a return value.</summary>
    public static HubResult None => default;

    internal static HubResult OfJson(byte[] json) => new(json, null);

    internal static HubResult OfBinary(byte[] bytes) => new(null, bytes);

    /// <summary>Writes the framed completion that carries the result.</summary>
    internal void Write(HubProtocol protocol, IBufferWriter<byte> output, string invocationId) =>
        protocol.WriteResult(output, invocationId, Encode(protocol));

    /// <summary>Writes the result as one framed item of a stream.</summary>
    internal void WriteItem(HubProtocol protocol, IBufferWriter<byte> output, string invocationId) =>
        protocol.WriteStreamItem(output, invocationId, Encode(protocol));

    private ReadOnlySpan<byte> Encode(HubProtocol protocol)
    {
        if (protocol == HubProtocol.Json)
        {
            var json = _binary is null ? _json : JsonSerializer.SerializeToUtf8Bytes(_binary, HubJsonContext.Default.ByteArray);
            return json ?? "null"u8;
        }

        var value = new ArrayBufferWriter<byte>();
        if (_binary is not null)
        {
            new MessagePackWriter(value).WriteBinary(_binary);
        }
        else
        {
            Transcoder.JsonToMessagePack(_json ?? "null"u8, value);
        }

        return value.WrittenSpan;
    }
}
