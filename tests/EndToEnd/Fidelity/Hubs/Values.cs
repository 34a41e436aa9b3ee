using System.Text.Json.Serialization;
using MessagePack;

namespace Serverless.EndToEnd.Fidelity.Hubs;

/// <summary>An enum that JSON writes as a number.</summary>
public enum Colour
{
    Red,
    Green = 5,
    Blue,
}

/// <summary>An enum that JSON writes as its name.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Shade>))]
public enum Shade
{
    Light,
    Dark,
}

/// <summary>A combination of flags.</summary>
[Flags]
public enum Rights : long
{
    None = 0,
    Read = 1,
    Write = 2,
    Own = 1L << 40,
}

/// <summary>A record with members of several kinds.</summary>
public sealed record Parcel(string Label, double Weight, long Number, string[] Contents, DateTime? Sent, Colour Colour);

/// <summary>Records within records.</summary>
public sealed record Order(Guid Id, Parcel First, IReadOnlyList<Parcel> Others, IReadOnlyDictionary<string, Parcel> Named, Order? Previous);

/// <summary>A class with setters and a property with a default.</summary>
public sealed class Settings
{
    public string Name { get; set; } = "unnamed";

    public int? Limit { get; set; } = 7;

    [JsonIgnore]
    [IgnoreMember]
    public string Secret { get; set; } = "kept";
}

/// <summary>A struct.</summary>
public readonly record struct Point(int X, int Y);

/// <summary>A type that JSON writes with the name of the derived type, and MessagePack with its number.</summary>
[JsonDerivedType(typeof(Circle), "circle")]
[JsonDerivedType(typeof(Square), "square")]
[Union(0, typeof(Circle))]
[Union(1, typeof(Square))]
public abstract record Shape;

[MessagePackObject(true)]
public sealed record Circle(double Radius) : Shape;

[MessagePackObject(true)]
public sealed record Square(double Side) : Shape;
