using System.Buffers;
using System.ComponentModel;
using System.Text.Json;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Hubs.Descriptors;

/// <summary>What a hub method returned, encoded, but not yet for a hub protocol. <see cref="None"/> reaches clients as null.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct HubResult
{
    // Exactly one of the two, or neither. Binary data stays binary for MessagePack clients; where it is nested in other data it
    // is base64 text, as in JSON.
    private readonly byte[]? _json;
    private readonly byte[]? _binary;

    private HubResult(byte[]? json, byte[]? binary)
    {
        _json = json;
        _binary = binary;
    }

    /// <summary>The result of a method that returns nothing.</summary>
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
