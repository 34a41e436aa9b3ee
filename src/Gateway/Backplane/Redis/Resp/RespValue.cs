using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Serverless.Gateway.Backplane.Redis.Resp;

/// <summary>Represents one value of the Redis protocol (RESP3): text or bytes, a number, a list, null, or an error.</summary>
internal sealed class RespValue
{
    private static readonly byte[] NoBytes = [];

    private RespValue(char kind) => Kind = kind;

    public static RespValue Null { get; } = new('_');

    /// <summary>Gets the value's marker: <c>+ - : $ * &gt; % _</c> and the rest.</summary>
    public char Kind { get; }

    public byte[] Bytes { get; private init; } = NoBytes;

    public IReadOnlyList<RespValue> Items { get; private init; } = [];

    public bool IsError => Kind is '-' or '!';

    /// <summary>
    /// Gets a value that indicates whether this is a push, not an answer to a command: a message, or the start or end of a subscription.
    /// </summary>
    public bool IsPush => Kind == '>';

    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Gets the value as a number.</summary>
    /// <exception cref="InvalidDataException">The value is not a number.</exception>
    public long Number => Utf8Parser.TryParse(Bytes, out long number, out var used) && used == Bytes.Length
        ? number
        : throw new InvalidDataException("Redis has answered with a value that is not a number.");

    public static RespValue Simple(char kind, byte[] bytes) => new(kind) { Bytes = bytes };

    public static RespValue OfNumber(long number) => Simple(':', Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture)));

    public static RespValue List(char kind, IReadOnlyList<RespValue> items) => new(kind) { Items = items };
}

/// <summary>Thrown for an error that Redis answers. The message is Redis's, without the command's arguments, which may include a password.</summary>
internal sealed class RedisException(string message) : Exception(WithoutArguments(message))
{
    private static string WithoutArguments(string message) =>
        message.IndexOf("with args beginning", StringComparison.Ordinal) is >= 0 and var at ? message[..at].TrimEnd(' ', ',') : message;
}
