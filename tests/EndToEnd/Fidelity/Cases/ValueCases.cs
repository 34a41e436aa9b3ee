using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.EndToEnd.Fidelity.Hubs;
using static Serverless.EndToEnd.Fidelity.Step;

namespace Serverless.EndToEnd.Fidelity.Cases;

/// <summary>A row for each type of argument and result.</summary>
internal static class ValueCases
{
    private static readonly DateTime Moment = new(2026, 11, 21, 1, 2, 3, 456, DateTimeKind.Utc);
    private static readonly Parcel Parcel = new("ä🙂", 0.1, 9_007_199_254_740_991, ["a", ""], Moment, Colour.Blue);
    private static readonly Guid Id = new("6f9619ff-8b86-d011-b42d-00cf4fc964ff");

    public static IEnumerable<FidelityCase> All =>
    [
        Values("true and false", Invoke<bool>("Boolean", true), Invoke<bool>("Boolean", false)),
        Values(
            "Small integers",
            Invoke<byte>("Byte", byte.MaxValue), Invoke<sbyte>("SByte", sbyte.MinValue),
            Invoke<short>("Short", short.MinValue), Invoke<ushort>("UShort", ushort.MaxValue)),
        Values(
            "Integers of 32 bits",
            Invoke<int>("Int", int.MinValue), Invoke<int>("Int", 0), Invoke<int>("Int", int.MaxValue),
            Invoke<uint>("UInt", uint.MaxValue)),
        Values(
            "Integers of 64 bits",
            Invoke<long>("Long", -9_007_199_254_740_991), Invoke<long>("Long", long.MinValue).Is(Outcome.Either),
            Invoke<long>("Long", long.MaxValue).Is(Outcome.Either),
            Invoke<ulong>("ULong", ulong.MaxValue).Is(Outcome.Either)),
        Values(
            "An integer that is too large or has a fraction",
            Fail("Byte", 256), Fail("Int", long.MaxValue), Fail("UInt", -1), Fail("Int", 1.5)),
        Values(
            "Floating point numbers",
            Invoke<float>("Float", 0.1f), Invoke<double>("Double", 0.1), Invoke<double>("Double", double.Epsilon),
            Invoke<double>("Double", -0.0), Invoke<double>("Double", 1e300)),
        Values(
            "Decimals",
            Invoke<decimal>("Decimal", 79228162514264337593543950335m).Is(Outcome.Either), Invoke<decimal>("Decimal", 1.10m)),
        Values("A BigInteger", Invoke<BigInteger>("BigInteger", BigInteger.Pow(2, 100))) with { Protocol = "messagepack" },
        Values("Characters", Invoke<char>("Char", 'ä'), Fail("Char", "two")),
        Values(
            "Texts",
            Invoke<string>("Text", ""), Invoke<string>("Text", "ä 日本 🙂 \u0001 \" \\ \r\n \u2028 </script>"),
            Invoke<string?>("NullableText", Null),
            Invoke<string?>("NullText")),
        Values("A text of 300,000 characters", Invoke<string>("Text", new string('ä', 300_000)), Invoke<string>("LongText", 300_000)),
        Values("A Guid", Invoke<Guid>("Guid", Id), Fail("Guid", "no guid")),
        Values(
            "A Uri",
            Invoke<Uri>("Uri", new Uri("https://example.com/ä?q=1#f")),
            Invoke<Uri>("Uri", new Uri("/relative", UriKind.Relative))),
        Values("A Version", Invoke<Version>("Version", new Version(1, 2, 3))),
        Values(
            "DateTime",
            Invoke<DateTime>("DateTime", Moment), Invoke<DateTime>("DateTime", DateTime.SpecifyKind(Moment, DateTimeKind.Unspecified)),
            Invoke<string>("DateTimeInWords", Moment)),
        Values(
            "DateTimeOffset",
            Invoke<DateTimeOffset>("DateTimeOffset", new DateTimeOffset(2026, 11, 21, 1, 2, 3, TimeSpan.FromHours(5.5)))),
        Values("TimeSpan", Invoke<TimeSpan>("TimeSpan", new TimeSpan(3, 4, 5, 6, 7))),
        Values(
            "DateOnly and TimeOnly",
            Invoke<DateOnly>("DateOnly", new DateOnly(2026, 11, 21)), Invoke<TimeOnly>("TimeOnly", new TimeOnly(1, 2, 3))),
        Values("An enum that is a number in JSON", Invoke<Colour>("Colour", Colour.Green), Invoke<Colour>("Colour", (Colour)77)),
        Values("An enum that is a name in JSON", Invoke<Shade>("Shade", Shade.Dark), Fail("Shade", "Unknown")),
        Values("Flags", Invoke<Rights>("Rights", Rights.Read | Rights.Own)),
        Values(
            "Values that may be null",
            Invoke<int?>("NullableInt", 7), Invoke<int?>("NullableInt", Null), Invoke<Colour?>("NullableColour", Colour.Blue),
            Invoke<Colour?>("NullableColour", Null), Invoke<DateTime?>("NullableDateTime", Moment),
            Invoke<DateTime?>("NullableDateTime", Null)),
        Values("null where a value is required", Fail("Int", Null), Fail("Guid", Null)),
        Values(
            "Arrays",
            Invoke<int[]>("Ints", Ints(1, 2)), Invoke<int[]>("Ints", Ints()),
            Invoke<int[][]>("Jagged", (object)new[] { Ints(1), [], [2, 3] })),
        Values("A list with null in it", Invoke<List<string?>>("Texts", new List<string?> { "a", null, "" })),
        Values("An interface of a collection", Invoke<Guid[]>("Guids", (object)new[] { Id, Guid.Empty })),
        Values("A set", Invoke<HashSet<int>>("Set", new HashSet<int> { 3, 1 })),
        Values("A lazy sequence", Invoke<int[]>("Sequence", Ints(1, 2)).Is(Outcome.Either)),
        Values(
            "Dictionaries",
            Invoke<Dictionary<string, int>>("Dictionary", new Dictionary<string, int> { ["Ä b"] = 1, [""] = 2 }),
            Invoke<Dictionary<int, string>>("Numbered", new Dictionary<int, string> { [-1] = "a" }).Is(Outcome.Either)),
        Values("A key-value pair", Invoke<KeyValuePair<string, int>>("Pair", KeyValuePair.Create("a", 1)).Is(Outcome.Either)),
        Values(
            "Tuples",
            Invoke<(int, string)>("Tuple", (1, "a")).Is(Outcome.Either),
            Invoke<Tuple<int, string>>("TupleObject", Tuple.Create(1, "a")).Is(Outcome.Either)),
        Values("A record", Invoke<Parcel>("Parcel", Parcel), Invoke<Parcel?>("NullableParcel", Null), Invoke<Parcel?>("NullParcel")),
        Values(
            "Records within records",
            Invoke<Order>("Order", new Order(Id, Parcel, [Parcel, Parcel], new Dictionary<string, Parcel> { ["x"] = Parcel }, null))),
        Values(
            "A class with defaults",
            Invoke<Settings>("Settings", new Settings { Name = "n" }), Invoke<string>("SecretOf", new Settings())),
        Values(
            "A member that is missing, and one too many",
            Invoke<Settings>("Settings", new Dictionary<string, object>()),
            Invoke<Settings>("Settings", new Dictionary<string, object> { ["name"] = "n", ["Name"] = "N", ["more"] = 1 })),
        Values("A struct", Invoke<Point>("Point", new Point(1, -2)), Invoke<Point?>("NullablePoint", Null)),
        Values(
            "A polymorphic type",
            Invoke<Shape>("Shape", new Circle(2)).Is(Outcome.Either), Invoke<double>("Area", new Square(3)).Is(Outcome.Either),
            Invoke<Shape[]>("Shapes", (object)new Shape[] { new Circle(1), new Square(2) }).Is(Outcome.Either)),
        Values(
            "Bytes",
            Invoke<byte[]>("Bytes", new byte[] { 0, 127, 128, 255 }), Invoke<byte[]>("Bytes", Array.Empty<byte>()),
            Invoke<byte[]>("Memory", new byte[] { 1, 2 })),
        Values("60,000 bytes", Invoke<byte[]>("Bytes", new byte[60_000])),
        Values(
            "object",
            Invoke<object>("Object", "text"), Invoke<object>("Object", 1.5), Invoke<object>("Object", true),
            Invoke<object?>("Object", Null),
            Invoke<object>("Object", Parcel), Invoke<object[]>("Objects", (object)new object?[] { 1, "a", null, false })),
        Values(
            "The type that an object arrives as",
            Invoke<string>("TypeOf", "text"), Invoke<string>("TypeOf", 1), Invoke<string>("TypeOf", 1.5),
            Invoke<string>("TypeOf", Parcel),
            Invoke<string>("TypeOf", Null)),
        Values(
            "JsonElement and JsonNode",
            Invoke<JsonElement>("JsonElement", Parcel), Invoke<JsonNode>("JsonNode", Ints(1, 2))) with { Protocol = "json" },
        Values("An anonymous type, and a type known at run time", Invoke<object>("Anonymous", 1), Invoke<Parcel>("Boxed")),
        Values("No argument", Invoke<int>("Nothing")),
        Values(
            "void, Task and ValueTask",
            Invoke("Void", 1), Invoke("Task"), Invoke("ValueTask"), Invoke<string>("TaskOfText", "a"),
            Invoke<int>("ValueTaskOfInt", 1)),
        Values("Ten arguments", Invoke<string>("Ten", 1, "b", true, 2.5, Id, Colour.Blue, Ints(1, 2), Parcel, 1L << 40, null)),
        Values(
            "An optional parameter and a params array",
            Invoke<int>("Optional", 1, 2), Fail("Optional", 1), Invoke<int>("Params", Ints(1, 2)), Fail("Params", 1, 2)),
        Values("A call without an answer", Send("Void", 1), Invoke<int>("Nothing")),
    ];

    private static FidelityCase Values(string name, params Step[] steps) => new(name, typeof(ValuesHub), steps);

    private static int[] Ints(params int[] numbers) => numbers;
}
