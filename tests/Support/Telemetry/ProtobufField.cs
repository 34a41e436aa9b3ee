using System.Buffers.Binary;
using System.Text;

namespace Serverless.Support.Telemetry;

/// <summary>A field of a protobuf message, read without its schema: a number, or bytes that may be a message.</summary>
internal readonly record struct ProtobufField(int Number, ulong Value, byte[]? Bytes)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Delimited = 2;

    public static List<ProtobufField> ReadAll(ReadOnlySpan<byte> message)
    {
        var fields = new List<ProtobufField>();
        while (!message.IsEmpty)
        {
            var tag = ReadVarint(ref message);
            var number = (int)(tag >> 3);
            switch ((int)(tag & 7))
            {
                case Varint:
                    fields.Add(new(number, ReadVarint(ref message), null));
                    break;
                case Fixed64:
                    fields.Add(new(number, BinaryPrimitives.ReadUInt64LittleEndian(message), null));
                    message = message[8..];
                    break;
                case Delimited:
                    var length = (int)ReadVarint(ref message);
                    fields.Add(new(number, 0, message[..length].ToArray()));
                    message = message[length..];
                    break;
                default:
                    fields.Add(new(number, BinaryPrimitives.ReadUInt32LittleEndian(message), null));
                    message = message[4..];
                    break;
            }
        }

        return fields;
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> message)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[0];
            message = message[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}

/// <summary>Provides access to the fields of a message.</summary>
internal static class ProtobufFields
{
    public static IEnumerable<List<ProtobufField>> Messages(this IEnumerable<ProtobufField> fields, int number) =>
        fields.Where(field => field.Number == number).Select(field => ProtobufField.ReadAll(field.Bytes));

    public static string Text(this IEnumerable<ProtobufField> fields, int number) => Encoding.UTF8.GetString(Bytes(fields, number));

    public static string Hex(this IEnumerable<ProtobufField> fields, int number) => Convert.ToHexStringLower(Bytes(fields, number));

    public static ulong Number(this IEnumerable<ProtobufField> fields, int number) =>
        fields.Where(field => field.Number == number).Select(field => field.Value).FirstOrDefault();

    private static byte[] Bytes(IEnumerable<ProtobufField> fields, int number) =>
        fields.Where(field => field.Number == number).Select(field => field.Bytes).FirstOrDefault() ?? [];
}
