using System.Buffers;

namespace Serverless.Gateway.Connections.Framing;

/// <summary>
/// Writes hub messages as one server-sent event (docs/contract/transports.md#server-sent-events). No other code knows this format.
/// </summary>
internal static class ServerSentEvent
{
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);

    private static ReadOnlySpan<byte> Field => "data: "u8;

    private static ReadOnlySpan<byte> End => "\r\n\r\n"u8;

    /// <summary>Formats hub messages of the JSON protocol as an event of one line, whose data is as long as the messages.</summary>
    // data: {"type":6}\x1e CR LF CR LF      Ended by CR LF, the only end that old .NET clients accept.
    //
    // An event's line also ends at a lone CR or LF. In JSON these occur only between tokens, where a space means the same. A separate
    // data line for each would make a body of line ends nine times as large.
    public static byte[] Format(ReadOnlySpan<byte> messages)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(Field.Length + messages.Length + End.Length);
        Field.CopyTo(bytes);
        messages.ReplaceAny(bytes.AsSpan(Field.Length), LineEnds, (byte)' ');
        End.CopyTo(bytes.AsSpan(Field.Length + messages.Length));
        return bytes;
    }
}
