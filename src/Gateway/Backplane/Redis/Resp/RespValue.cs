using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Serverless.Gateway.Backplane.Redis.Resp;

/// <summary>One value of the Redis protocol: text or bytes, a number, a list, nothing, or an error (RESP3).</summary>
internal sealed class RespValue
{
    private static readonly byte[] NoBytes = [];

    private RespValue(char kind) => Kind = kind;

    public static RespValue Null { get; } = new('_');

    /// <summary>The value's marker: <c>+ - : $ * &gt; % _</c> and the rest.</summary>
    public char Kind { get; }

    public byte[] Bytes { get; private init; } = NoBytes;

    public IReadOnlyList<RespValue> Items { get; private init; } = [];

    public bool IsError => Kind is '-' or '!';

    /// <summary>Not an answer to a command: a message of a subscription, or that one has begun or ended.</summary>
    public bool IsPush => Kind == '>';

    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>The value as a number.</summary>
    /// <exception cref="InvalidDataException">It is not one.</exception>
    public long Number => Utf8Parser.TryParse(Bytes, out long number, out var used) && used == Bytes.Length
        ? number
        : throw new InvalidDataException("Redis answered with something else than a number.");

    public static RespValue Simple(char kind, byte[] bytes) => new(kind) { Bytes = bytes };

    public static RespValue OfNumber(long number) => Simple(':', Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture)));

    public static RespValue List(char kind, IReadOnlyList<RespValue> items) => new(kind) { Items = items };
}

/// <summary>Redis answered with an error, which is its message but for what it repeats of the command: that may be a password.</summary>
internal sealed class RedisException(string message) : Exception(WithoutArguments(message))
{
    private static string WithoutArguments(string message) =>
        message.IndexOf("with args beginning", StringComparison.Ordinal) is >= 0 and var at ? message[..at].TrimEnd(' ', ',') : message;
}
