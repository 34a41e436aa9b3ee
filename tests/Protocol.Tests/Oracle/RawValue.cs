using System.Text;
using Package = global::MessagePack;

namespace Serverless.Protocol.Tests.Oracle;

/// <summary>An argument, item or result of a hub message as ASP.NET Core's protocol reads and writes it here: any value, as text or as its bytes.</summary>
/// <param name="Text">The value that was read.</param>
/// <param name="Bytes">The value to write.</param>
internal sealed record RawValue(string Text, byte[] Bytes)
{
    public static RawValue Of(byte[] bytes) => new(OwnValues.Text(bytes), bytes);
}

/// <summary>Reads and writes <see cref="RawValue"/> with the package's reader and writer.</summary>
/// <param name="maxDepth">The maximum nesting depth of a value.</param>
internal sealed class RawValueFormatter(int maxDepth) : Package.Formatters.IMessagePackFormatter<RawValue?>
{
    public RawValue? Deserialize(ref Package.MessagePackReader reader, Package.MessagePackSerializerOptions options)
    {
        var text = new StringBuilder();
        OracleValues.Append(text, ref reader, maxDepth);
        return new RawValue(text.ToString(), []);
    }

    public void Serialize(ref Package.MessagePackWriter writer, RawValue? value, Package.MessagePackSerializerOptions options) =>
        writer.WriteRaw(value!.Bytes);
}
