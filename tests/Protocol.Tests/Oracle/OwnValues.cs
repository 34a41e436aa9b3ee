using System.Globalization;
using System.Text;
using Serverless.Protocol.MessagePack;

namespace Serverless.Protocol.Tests.Oracle;

/// <summary>Reads MessagePack values with the project's own reader, in the text form of <see cref="OracleValues"/>.</summary>
internal static class OwnValues
{
    /// <summary>The maximum nesting depth of a value that the project's own code reads or skips.</summary>
    public const int MaxDepth = MessagePackReader.MaxDepth;

    /// <summary>Reads the first value with the typed methods.</summary>
    public static Reading Read(ReadOnlyMemory<byte> bytes) => Attempt(() =>
    {
        var reader = new MessagePackReader(bytes.Span);
        var text = new StringBuilder();
        Append(text, ref reader, MaxDepth);
        return Reading.Accepted(text.ToString(), reader.Position);
    });

    /// <summary>Skips the first value, as the gateway does with the values that it forwards.</summary>
    public static Reading Skip(ReadOnlyMemory<byte> bytes) => Attempt(() =>
    {
        var reader = new MessagePackReader(bytes.Span);
        return Reading.Accepted("", reader.ReadRaw().Length);
    });

    /// <summary>Returns a value as text.</summary>
    public static string Text(ReadOnlySpan<byte> value)
    {
        var reader = new MessagePackReader(value);
        var text = new StringBuilder();
        Append(text, ref reader, MaxDepth);
        return text.ToString();
    }

    public static void Append(StringBuilder text, ref MessagePackReader reader, int depthLeft)
    {
        if (depthLeft == 0)
        {
            throw new HubProtocolException(OracleValues.TooDeep);
        }

        switch (reader.PeekKind())
        {
            case MessagePackKind.Nil:
                Assert.True(reader.TryReadNil());
                text.Append("nil");
                break;
            case MessagePackKind.Boolean:
                text.Append(reader.ReadBoolean() ? "true" : "false");
                break;
            case MessagePackKind.Integer when reader.PeekCode() == OracleValues.UInt64Code:
                text.Append(CultureInfo.InvariantCulture, $"{reader.ReadUInt64Value()}");
                break;
            case MessagePackKind.Integer:
                text.Append(CultureInfo.InvariantCulture, $"{reader.ReadInt64()}");
                break;
            case MessagePackKind.Float:
                text.Append(CultureInfo.InvariantCulture, $"float {BitConverter.DoubleToInt64Bits(reader.ReadDouble()):x16}");
                break;
            case MessagePackKind.String:
                var again = reader;
                text.Append("str ").Append(Convert.ToHexString(reader.ReadStringSpan())).Append(' ').Append(again.ReadString());
                break;
            case MessagePackKind.Binary:
                text.Append("bin ").Append(Convert.ToHexString(reader.ReadBinary()));
                break;
            case MessagePackKind.Extension:
                var data = reader.ReadExtension(out var type);
                text.Append(CultureInfo.InvariantCulture, $"ext {type} {Convert.ToHexString(data)}");
                break;
            case MessagePackKind.Array:
                text.Append('[');
                for (var left = reader.ReadArrayHeader(); left > 0; left--)
                {
                    Append(text, ref reader, depthLeft - 1);
                    text.Append(',');
                }

                text.Append(']');
                break;
            case MessagePackKind.Map:
                text.Append('{');
                for (var left = reader.ReadMapHeader(); left > 0; left--)
                {
                    Append(text, ref reader, depthLeft - 1);
                    text.Append('=');
                    Append(text, ref reader, depthLeft - 1);
                    text.Append(',');
                }

                text.Append('}');
                break;
            default:
                throw new HubProtocolException("The byte 0xc1 is not a value.");
        }
    }

    private static Reading Attempt(Func<Reading> read)
    {
        try
        {
            return read();
        }
        catch (HubProtocolException exception)
        {
            return Reading.Refused(exception.Message);
        }
    }
}
