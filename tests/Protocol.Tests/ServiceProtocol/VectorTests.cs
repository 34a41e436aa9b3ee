using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Protocol.MessagePack;
using Serverless.Support.Processes;

namespace Serverless.Protocol.Tests.ServiceProtocol;

/// <summary>
/// The recorded frames in docs/contract/vectors: each is one message with its length prefix, and the project's reader reads the values that
/// the recording lists (docs/contract/service-protocol.md#frames).
/// </summary>
public sealed class VectorTests
{
    private static readonly JsonArray Vectors = JsonNode.Parse(File.ReadAllText(
        Path.Combine(BuiltProgram.RepositoryRoot, "docs", "contract", "vectors", "service-protocol.json")))!["vectors"]!.AsArray();

    public static TheoryData<string> Ids => [.. Vectors.Select(vector => vector!["id"]!.GetValue<string>())];

    [Fact]
    public void Ids_are_unique() => Assert.Equal(Vectors.Count, Vectors.Select(vector => vector!["id"]!.GetValue<string>()).Distinct().Count());

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_frame_holds_the_recorded_values(string id)
    {
        var vector = Vectors.Single(vector => vector!["id"]!.GetValue<string>() == id)!;
        var frame = Convert.FromHexString(vector["hex"]!.GetValue<string>());
        Assert.True(HubProtocol.MessagePack.TryCut(frame, 0, int.MaxValue, out var message, out var consumed));
        Assert.Equal(frame.Length, consumed);

        var reader = new MessagePackReader(message);
        var values = Read(ref reader)!.AsArray();
        Assert.True(reader.IsAtEnd);
        Assert.Equal(vector["type"]!.GetValue<int>(), values[0]!.GetValue<long>());
        Assert.True(JsonNode.DeepEquals(Normal(vector["decoded"]), Normal(values)), $"{vector["decoded"]!.ToJsonString()}\n{values.ToJsonString()}");
    }

    private static JsonNode? Read(ref MessagePackReader reader)
    {
        switch (reader.PeekKind())
        {
            case MessagePackKind.Nil:
                reader.TryReadNil();
                return null;
            case MessagePackKind.Boolean:
                return reader.ReadBoolean();
            case MessagePackKind.Integer:
                return reader.ReadInt64();
            case MessagePackKind.String:
                return reader.ReadString();
            case MessagePackKind.Binary:
                return Binary(reader.ReadBinary());
            case MessagePackKind.Extension:
                var data = Convert.ToHexStringLower(reader.ReadExtension(out var type));
                return new JsonObject { ["ext"] = (long)type, ["hex"] = data };
            case MessagePackKind.Array:
                var array = new JsonArray();
                for (var left = reader.ReadArrayHeader(); left > 0; left--)
                {
                    array.Add(Read(ref reader));
                }

                return array;
            case MessagePackKind.Map:
                var pairs = new JsonArray();
                for (var left = reader.ReadMapHeader(); left > 0; left--)
                {
                    pairs.Add(new JsonArray(Read(ref reader), Read(ref reader)));
                }

                return new JsonObject { ["map"] = pairs };
            default:
                throw new InvalidOperationException($"A frame has a value of kind {reader.PeekKind()}.");
        }
    }

    private static JsonObject Binary(ReadOnlySpan<byte> value) => new() { ["binary"] = Convert.ToHexStringLower(value) };

    // Binary values in one form, numbers as 64-bit integers.
    private static JsonNode? Normal(JsonNode? node) => node switch
    {
        JsonObject binary when binary["bin_text"] is { } text => Binary(Encoding.UTF8.GetBytes(text.GetValue<string>())),
        JsonObject binary when binary["bin_hex"] is { } hex => Binary(Convert.FromHexString(hex.GetValue<string>())),
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Normal(pair.Value)))),
        JsonArray array => new JsonArray([.. array.Select(Normal)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => JsonValue.Create(long.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)),
        _ => node?.DeepClone(),
    };
}
