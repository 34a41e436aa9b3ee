using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Package = global::MessagePack;

namespace Serverless.Protocol.Tests.Oracle;

/// <summary>Converts between MessagePack and JSON with the package, the oracle of the <see cref="Transcoder"/>.</summary>
internal static partial class OracleJson
{
    /// <summary>Returns a MessagePack value as JSON. The package writes control characters as they are, which is not JSON, so they are escaped.</summary>
    public static string ToJson(ReadOnlyMemory<byte> value) =>
        ControlCharacter().Replace(Package.MessagePackSerializer.ConvertToJson(value), static match => $"\\u{(int)match.ValueSpan[0]:x4}");

    /// <summary>Returns a JSON value as MessagePack.</summary>
    public static byte[] FromJson(string json) => Package.MessagePackSerializer.ConvertFromJson(json);

    /// <summary>Converts a MessagePack value with the project's own code.</summary>
    public static string OwnToJson(ReadOnlySpan<byte> value)
    {
        var output = new ArrayBufferWriter<byte>();
        Transcoder.MessagePackToJson(value, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>Converts a JSON value with the project's own code.</summary>
    public static byte[] OwnFromJson(string json)
    {
        var output = new ArrayBufferWriter<byte>();
        Transcoder.JsonToMessagePack(Encoding.UTF8.GetBytes(json), output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Returns JSON in a form that does not depend on escapes and the trailing zeros of a time.</summary>
    public static string Canonical(string json)
    {
        var text = new StringBuilder();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), new JsonReaderOptions { MaxDepth = 1000 });
        while (reader.Read())
        {
            text.Append(reader.TokenType).Append(' ').Append(reader.TokenType switch
            {
                JsonTokenType.PropertyName => reader.GetString(),
                JsonTokenType.String => TrailingZeros().Replace(reader.GetString()!, "Z"),
                JsonTokenType.Number when reader.TryGetInt64(out var signed) => signed.ToString(CultureInfo.InvariantCulture),
                JsonTokenType.Number when reader.TryGetUInt64(out var unsigned) => unsigned.ToString(CultureInfo.InvariantCulture),
                JsonTokenType.Number => reader.GetDouble().ToString("R", CultureInfo.InvariantCulture),
                _ => "",
            }).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Returns the reason for which the package's JSON for a value differs, or null.</summary>
    public static string? Difference(ReadOnlyMemory<byte> messagePack)
    {
        var reader = new Package.MessagePackReader(messagePack);
        return Difference(ref reader);
    }

    /// <summary>Determines whether JSON contains an integer beyond 64 bits, which the package writes as text.</summary>
    public static bool HasLargeInteger(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Number && !reader.ValueSpan.ContainsAny(".eE"u8)
                && !reader.TryGetInt64(out _) && !reader.TryGetUInt64(out _))
            {
                return true;
            }
        }

        return false;
    }

    private static string? Difference(ref Package.MessagePackReader reader)
    {
        switch (reader.NextMessagePackType)
        {
            case Package.MessagePackType.Float:
                var isSingle = reader.NextCode == Package.MessagePackCode.Float32;
                var value = reader.ReadDouble();
                return !double.IsFinite(value) ? "NaN and infinity: bare words, which are not JSON; here a string"
                    : isSingle && double.Parse(((float)value).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) != value
                        ? "floats of 32 bits: their own digits; here those of the same number in 64 bits"
                        : null;
            case Package.MessagePackType.Extension:
                var again = reader.CreatePeekReader();
                var extension = reader.ReadExtensionFormat();
                if (extension.TypeCode != Package.ReservedMessagePackExtensionTypeCode.DateTime)
                {
                    return "extensions: an array of type and base64; here base64";
                }

                try
                {
                    again.ReadDateTime();
                }
                catch (Exception exception) when (OracleValues.IsRefusal(exception))
                {
                    return "timestamps of another length or outside of the years 1 to 9999: an error; here base64";
                }

                return HasTooManyNanoseconds(extension.Data.ToArray()) ? "a billion nanoseconds: counted as seconds; here base64" : null;
            case Package.MessagePackType.Array:
            case Package.MessagePackType.Map:
                var isMap = reader.NextMessagePackType == Package.MessagePackType.Map;
                var count = isMap ? 2 * reader.ReadMapHeader() : reader.ReadArrayHeader();
                string? difference = null;
                for (var left = count; left > 0; left--)
                {
                    difference ??= Difference(ref reader);
                    if (difference is not null)
                    {
                        return difference;
                    }
                }

                return null;
            default:
                reader.Skip();
                return null;
        }
    }

    // 8 bytes: 30 bits of nanoseconds and 34 of seconds. 12 bytes: 32 bits of nanoseconds first.
    private static bool HasTooManyNanoseconds(byte[] data) => data.Length switch
    {
        8 => BitConverter.ToUInt64([.. data.Reverse()]) >> 34 > 999_999_999,
        12 => BitConverter.ToUInt32([.. data.Take(4).Reverse()]) > 999_999_999,
        _ => false,
    };

    [GeneratedRegex(@"[\u0000-\u001F]")]
    private static partial Regex ControlCharacter();

    [GeneratedRegex(@"(?<=^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?)\.?0*Z$")]
    private static partial Regex TrailingZeros();
}
