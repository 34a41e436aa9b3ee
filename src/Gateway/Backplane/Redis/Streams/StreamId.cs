using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>Represents the id of an entry in a Redis stream: milliseconds of Redis's clock, and a number within the millisecond.</summary>
internal readonly record struct StreamId(long Milliseconds, long Number)
{
    /// <summary>Gets the id before every entry.</summary>
    public static StreamId Zero => default;

    /// <summary>Reads <c>{milliseconds}-{number}</c>; zero if the text is not an id.</summary>
    public static StreamId Read(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out long milliseconds, out var used)
        && used < text.Length
        && text[used] == '-'
        && Utf8Parser.TryParse(text[(used + 1)..], out long number, out _)
            ? new StreamId(milliseconds, number)
            : Zero;

    public bool IsBefore(StreamId other) =>
        Milliseconds < other.Milliseconds || (Milliseconds == other.Milliseconds && Number < other.Number);

    /// <summary>Returns the id that is earlier by a time, but not before zero.</summary>
    public StreamId Less(TimeSpan span) => new(Math.Max(0, Milliseconds - (long)span.TotalMilliseconds), 0);

    /// <summary>Returns the id as a part of a command.</summary>
    public ReadOnlyMemory<byte> ToPart() => Encoding.ASCII.GetBytes(ToString());

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds}-{Number}");
}
