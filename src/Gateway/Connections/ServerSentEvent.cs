namespace Serverless.Gateway.Connections;

/// <summary>How hub messages travel as one server-sent event (hub-protocol.md §6).</summary>
internal static class ServerSentEvent
{
    private static ReadOnlySpan<byte> Field => "data: "u8;

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    // data: {"type":6}\x1e CR LF CR LF      Each line is a field of its own, ended by CR LF: old .NET clients take nothing else.
    public static byte[] Format(ReadOnlySpan<byte> messages)
    {
        var lines = messages.Count((byte)'\n') + 1;
        var bytes = GC.AllocateUninitializedArray<byte>(messages.Length + ((Field.Length + LineEnd.Length) * lines) + LineEnd.Length);
        var rest = bytes.AsSpan();
        foreach (var range in messages.Split((byte)'\n'))
        {
            var line = messages[range].TrimEnd((byte)'\r');
            Put(ref rest, Field);
            Put(ref rest, line);
            Put(ref rest, LineEnd);
        }

        Put(ref rest, LineEnd);
        return rest.IsEmpty ? bytes : bytes[..^rest.Length];
    }

    private static void Put(ref Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }
}
