using System.Buffers;
using System.Globalization;
using System.Text;
using Package = global::MessagePack;

namespace Serverless.Protocol.Tests.Oracle;

/// <summary>
/// Reads MessagePack values with the MessagePack package, the oracle of the project's own reader. The text form of a value shows its kind
/// and every bit of it, but not the width of its code.
/// </summary>
internal static class OracleValues
{
    public const byte UInt64Code = Package.MessagePackCode.UInt64;

    /// <summary>The refusal of a value that is nested deeper than the project's limit, which the package does not have.</summary>
    public const string TooDeep = "Too deep.";

    /// <summary>Reads the first value with the typed methods, which check counts.</summary>
    public static Reading Read(ReadOnlyMemory<byte> bytes) => Attempt(() =>
    {
        var reader = new Package.MessagePackReader(bytes);
        var text = new StringBuilder();
        Append(text, ref reader, OwnValues.MaxDepth);
        return Reading.Accepted(text.ToString(), (int)reader.Consumed);
    });

    /// <summary>Skips the first value. The package recurses for each level, and takes a count of 2^31 or more for none.</summary>
    public static Reading Skip(ReadOnlyMemory<byte> bytes) => Attempt(() =>
    {
        var reader = new Package.MessagePackReader(bytes);
        return Reading.Accepted("", (int)reader.ReadRaw().Length);
    });

    public static void Append(StringBuilder text, ref Package.MessagePackReader reader, int depthLeft)
    {
        if (depthLeft == 0)
        {
            throw new Package.MessagePackSerializationException(TooDeep);
        }

        switch (reader.NextMessagePackType)
        {
            case Package.MessagePackType.Nil:
                reader.ReadNil();
                text.Append("nil");
                break;
            case Package.MessagePackType.Boolean:
                text.Append(reader.ReadBoolean() ? "true" : "false");
                break;
            case Package.MessagePackType.Integer when reader.NextCode == UInt64Code:
                text.Append(CultureInfo.InvariantCulture, $"{reader.ReadUInt64()}");
                break;
            case Package.MessagePackType.Integer:
                text.Append(CultureInfo.InvariantCulture, $"{reader.ReadInt64()}");
                break;
            case Package.MessagePackType.Float:
                text.Append(CultureInfo.InvariantCulture, $"float {BitConverter.DoubleToInt64Bits(reader.ReadDouble()):x16}");
                break;
            case Package.MessagePackType.String:
                var again = reader.CreatePeekReader();
                text.Append("str ").Append(Convert.ToHexString(reader.ReadStringSequence()!.Value.ToArray())).Append(' ').Append(again.ReadString());
                break;
            case Package.MessagePackType.Binary:
                text.Append("bin ").Append(Convert.ToHexString(reader.ReadBytes()!.Value.ToArray()));
                break;
            case Package.MessagePackType.Extension:
                var extension = reader.ReadExtensionFormat();
                text.Append(CultureInfo.InvariantCulture, $"ext {extension.TypeCode} {Convert.ToHexString(extension.Data.ToArray())}");
                break;
            case Package.MessagePackType.Array:
                text.Append('[');
                for (var left = reader.ReadArrayHeader(); left > 0; left--)
                {
                    Append(text, ref reader, depthLeft - 1);
                    text.Append(',');
                }

                text.Append(']');
                break;
            case Package.MessagePackType.Map:
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
                throw new Package.MessagePackSerializationException("The byte 0xc1 is not a value.");
        }
    }

    /// <summary>Determines whether the package refuses an input with an exception of this type.</summary>
    public static bool IsRefusal(Exception exception) =>
        exception is Package.MessagePackSerializationException or EndOfStreamException or InvalidDataException or FormatException or OverflowException
            or ArgumentException;

    /// <summary>Returns the messages of an exception and its causes.</summary>
    public static string Reasons(Exception exception) =>
        exception.InnerException is { } inner ? $"{exception.Message} {Reasons(inner)}" : exception.Message;

    private static Reading Attempt(Func<Reading> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            return Reading.Refused(Reasons(exception));
        }
    }
}
