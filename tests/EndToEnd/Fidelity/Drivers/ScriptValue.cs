using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Serverless.EndToEnd.Fidelity.Hubs;

namespace Serverless.EndToEnd.Fidelity.Drivers;

/// <summary>Writes the counterpart of a .NET value that a JavaScript client sends in a protocol.</summary>
/// <remarks>
/// <c>{"$date":"…"}</c> stands for a <c>Date</c>, <c>{"$bytes":"…"}</c> for a <c>Uint8Array</c>.
/// </remarks>
internal static class ScriptValue
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { IncludeFields = true };

    public static JsonNode? Write(object? value, string protocol) => protocol == "json" ? WriteJson(value) : WriteMessagePack(value);

    // The JSON protocol of .NET writes what System.Text.Json writes, and a script's Date becomes the same text.
    private static JsonNode? WriteJson(object? value) => value switch
    {
        DateTime { Kind: DateTimeKind.Utc } moment => Date(moment),
        _ => JsonSerializer.SerializeToNode(value, value?.GetType() ?? typeof(object), Json),
    };

    // What MessagePack for C# reads: names of members in full, enums as names, wide values as texts and arrays.
    private static JsonNode? WriteMessagePack(object? value)
    {
        switch (value)
        {
            case null:
                return null;
            case DateTime moment:
                return Date(moment.Kind is DateTimeKind.Unspecified ? DateTime.SpecifyKind(moment, DateTimeKind.Utc) : moment);
            case DateTimeOffset moment:
                return new JsonArray(Date(DateTime.SpecifyKind(moment.DateTime, DateTimeKind.Utc)), (int)moment.Offset.TotalMinutes);
            case TimeSpan span:
                return span.Ticks;
            case DateOnly date:
                return date.DayNumber;
            case TimeOnly time:
                return time.Ticks;
            case byte[] bytes:
                return new JsonObject { ["$bytes"] = Convert.ToBase64String(bytes) };
            case Enum name:
                return name.ToString();
            case char character:
                return (int)character;
            case decimal number:
                return number.ToString(CultureInfo.InvariantCulture);
            case BigInteger number:
                return new JsonObject { ["$bytes"] = Convert.ToBase64String(number.ToByteArray()) };
            case string or bool or Guid or Uri or Version or float or double or byte or sbyte or short or ushort or int or uint or long or ulong:
                return JsonSerializer.SerializeToNode(value, value.GetType(), Json);
            case Circle or Square:
                return new JsonArray(value is Circle ? 0 : 1, Members(value));
            case ITuple tuple:
                return new JsonArray([.. Enumerable.Range(0, tuple.Length).Select(i => WriteMessagePack(tuple[i]))]);
            case System.Collections.IDictionary entries:
                var map = new JsonObject();
                foreach (System.Collections.DictionaryEntry entry in entries)
                {
                    map[entry.Key.ToString()!] = WriteMessagePack(entry.Value);
                }

                return map;
            case System.Collections.IEnumerable items:
                return new JsonArray([.. items.Cast<object?>().Select(WriteMessagePack)]);
            case { } when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>):
                return new JsonArray(
                    WriteMessagePack(type.GetProperty("Key")!.GetValue(value)), WriteMessagePack(type.GetProperty("Value")!.GetValue(value)));
            default:
                return Members(value);
        }
    }

    private static JsonObject Members(object value) => new(value.GetType().GetProperties()
        .Where(property => property.GetIndexParameters().Length == 0 && !property.IsDefined(typeof(JsonIgnoreAttribute), false))
        .Select(property => KeyValuePair.Create(property.Name, WriteMessagePack(property.GetValue(value)))));

    private static JsonObject Date(DateTime moment) => new() { ["$date"] = moment.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture) };
}
