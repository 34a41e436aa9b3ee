using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.EndToEnd.Fidelity.Hubs;

/// <summary>A method for each type of argument and result. Most return their argument, so that a value passes in both directions.</summary>
public sealed class ValuesHub : Hub
{
    public bool Boolean(bool value) => value;

    public byte Byte(byte value) => value;

    public sbyte SByte(sbyte value) => value;

    public short Short(short value) => value;

    public ushort UShort(ushort value) => value;

    public int Int(int value) => value;

    public uint UInt(uint value) => value;

    public long Long(long value) => value;

    public ulong ULong(ulong value) => value;

    public float Float(float value) => value;

    public double Double(double value) => value;

    public decimal Decimal(decimal value) => value;

    public BigInteger BigInteger(BigInteger value) => value;

    public char Char(char value) => value;

    public string Text(string value) => value;

    public string? NullableText(string? value) => value;

    public Guid Guid(Guid value) => value;

    public Uri Uri(Uri value) => value;

    public Version Version(Version value) => value;

    public DateTime DateTime(DateTime value) => value;

    public string DateTimeInWords(DateTime value) => string.Create(CultureInfo.InvariantCulture, $"{value:O} {value.Kind}");

    public DateTimeOffset DateTimeOffset(DateTimeOffset value) => value;

    public TimeSpan TimeSpan(TimeSpan value) => value;

    public DateOnly DateOnly(DateOnly value) => value;

    public TimeOnly TimeOnly(TimeOnly value) => value;

    public Colour Colour(Colour value) => value;

    public Shade Shade(Shade value) => value;

    public Rights Rights(Rights value) => value;

    public int? NullableInt(int? value) => value;

    public Colour? NullableColour(Colour? value) => value;

    public DateTime? NullableDateTime(DateTime? value) => value;

    public int[] Ints(int[] value) => value;

    public int[][] Jagged(int[][] value) => value;

    public List<string?> Texts(List<string?> value) => value;

    public IReadOnlyList<Guid> Guids(IReadOnlyList<Guid> value) => value;

    public HashSet<int> Set(HashSet<int> value) => value;

    public IEnumerable<int> Sequence(IEnumerable<int> value) => value.Select(item => item * 2);

    public Dictionary<string, int> Dictionary(Dictionary<string, int> value) => value;

    public Dictionary<int, string> Numbered(Dictionary<int, string> value) => value;

    public KeyValuePair<string, int> Pair(KeyValuePair<string, int> value) => value;

    public (int Number, string Text) Tuple((int Number, string Text) value) => value;

    public Tuple<int, string> TupleObject(Tuple<int, string> value) => value;

    public Parcel Parcel(Parcel value) => value;

    public Parcel? NullableParcel(Parcel? value) => value;

    public Order Order(Order value) => value;

    public Settings Settings(Settings value) => value;

    public string SecretOf(Settings value) => value.Secret;

    public Point Point(Point value) => value;

    public Point? NullablePoint(Point? value) => value;

    public Shape Shape(Shape value) => value;

    public double Area(Shape value) => value switch { Square square => square.Side * square.Side, Circle circle => circle.Radius * 3, _ => -1 };

    public Shape[] Shapes(Shape[] value) => value;

    public byte[] Bytes(byte[] value) => value;

    public ReadOnlyMemory<byte> Memory(ReadOnlyMemory<byte> value) => value;

    public object? Object(object? value) => value;

    public string TypeOf(object? value) => value?.GetType().FullName ?? "null";

    public object?[] Objects(object?[] value) => value;

    public JsonElement JsonElement(JsonElement value) => value;

    public JsonNode? JsonNode(JsonNode? value) => value;

    public object Anonymous(int number) => new { Number = number, Nested = new { Text = "ä" }, Nothing = (string?)null };

    public object Boxed() => new Parcel("boxed", 1.5, 2, [], null, Hubs.Colour.Green);

    public int Nothing() => 42;

    public void Void(int value) => _ = value;

    public Task Task() => System.Threading.Tasks.Task.CompletedTask;

    public async Task<string> TaskOfText(string value)
    {
        await System.Threading.Tasks.Task.Yield();
        return value;
    }

    public ValueTask ValueTask() => default;

    public async ValueTask<int> ValueTaskOfInt(int value)
    {
        await System.Threading.Tasks.Task.Yield();
        return value;
    }

    public string? NullText() => null;

    public Task<Parcel?> NullParcel() => System.Threading.Tasks.Task.FromResult<Parcel?>(null);

    public string Ten(int a, string b, bool c, double d, Guid e, Colour f, int[] g, Parcel h, long i, string? j) =>
        string.Create(CultureInfo.InvariantCulture, $"{a} {b} {c} {d} {e} {f} {g.Length} {h.Label} {i} {j ?? "null"}");

    public int Optional(int first, int second = 7) => first + second;

    public int Params(params int[] values) => values.Sum();

    public string LongText(int length)
    {
        var text = new StringBuilder(length);
        while (text.Length < length)
        {
            text.Append((char)('a' + (text.Length % 26)));
        }

        return text.ToString();
    }

    public string[] TwoTexts(string first, string second) => [second, first];
}
