using System.Buffers;
using System.Text.Json;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Hubs.Dispatch;

/// <summary>
/// The arguments of one call as separate JSON values. Arguments of MessagePack clients are transcoded, so that the same types read both.
/// </summary>
internal sealed class HubArguments
{
    private readonly ReadOnlyMemory<byte> _json;
    private readonly List<Range> _values;

    private HubArguments(ReadOnlyMemory<byte> json, List<Range> values)
    {
        _json = json;
        _values = values;
    }

    public int Count => _values.Count;

    public ReadOnlySpan<byte> this[int index] => _json.Span[_values[index]];

    /// <summary>Splits the raw arguments array of an invocation.</summary>
    /// <exception cref="HubProtocolException">The array is malformed.</exception>
    public static HubArguments Read(HubProtocol protocol, ReadOnlySpan<byte> array) =>
        protocol == HubProtocol.MessagePack ? ReadMessagePack(array) : ReadJson(array);

    private static HubArguments ReadJson(ReadOnlySpan<byte> array)
    {
        var values = new List<Range>();
        var reader = new Utf8JsonReader(array);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            values.Add(start..(int)reader.BytesConsumed);
        }

        return new HubArguments(array.ToArray(), values);
    }

    private static HubArguments ReadMessagePack(ReadOnlySpan<byte> array)
    {
        var json = new ArrayBufferWriter<byte>(Math.Max(array.Length, 16));
        var reader = new MessagePackReader(array);
        var values = new List<Range>();
        for (var left = reader.ReadArrayHeader(); left > 0; left--)
        {
            var start = json.WrittenCount;
            Transcoder.MessagePackToJson(reader.ReadRaw(), json);
            values.Add(start..json.WrittenCount);
        }

        return new HubArguments(json.WrittenMemory, values);
    }
}
