using System.Text.Json;

namespace Serverless.Load;

/// <summary>The kinds of hub messages that the benchmark distinguishes.</summary>
internal enum HubMessageKind
{
    Other,
    Invocation,
    Completion,
    Ping,
    Close,
}

/// <summary>Reads and writes the part of the JSON hub protocol that the benchmark needs.</summary>
internal static class HubMessage
{
    private const int KindAt = 8;

    internal static ReadOnlySpan<byte> HandshakeRequest => "{\"protocol\":\"json\",\"version\":1}\u001e"u8;

    internal static ReadOnlySpan<byte> HandshakeResponse => "{}"u8;

    internal static ReadOnlySpan<byte> Ping => "{\"type\":6}\u001e"u8;

    internal static HubMessageKind KindOf(ReadOnlySpan<byte> record)
    {
        if (record.Length > KindAt + 1 && record.StartsWith("{\"type\":"u8) && record[KindAt + 1] is (byte)',' or (byte)'}')
        {
            return KindOf(record[KindAt] - '0');
        }

        return KindOfUnordered(record);
    }

    /// <summary>Returns true when a completion carries the result of this invocation.</summary>
    internal static bool IsResultOf(ReadOnlySpan<byte> completion, uint invocation)
    {
        var at = completion.IndexOf("\"invocationId\":\""u8);
        if (at < 0 || completion.IndexOf("\"error\":"u8) >= 0)
        {
            return false;
        }

        var digits = completion[(at + 16)..];
        return digits.Length > 8 && digits[8] == (byte)'"' && Payload.ReadDigits(digits[..8]) == invocation;
    }

    /// <summary>Returns an invocation of <c>Relay</c> and the positions of its number and its payload, so that they can be replaced.</summary>
    internal static byte[] Invocation(int payloadBytes, out int idAt, out int payloadAt)
    {
        var head = "{\"type\":1,\"invocationId\":\""u8;
        var middle = "\",\"target\":\"Relay\",\"arguments\":[\""u8;
        idAt = head.Length;
        payloadAt = idAt + 8 + middle.Length;
        byte[] message = [.. head, .. new byte[8], .. middle, .. new byte[payloadBytes], .. "\"]}\u001e"u8];
        Payload.Fill(message.AsSpan(payloadAt, payloadBytes));
        return message;
    }

    private static HubMessageKind KindOf(int type) => type switch
    {
        1 => HubMessageKind.Invocation,
        3 => HubMessageKind.Completion,
        6 => HubMessageKind.Ping,
        7 => HubMessageKind.Close,
        _ => HubMessageKind.Other,
    };

    private static HubMessageKind KindOfUnordered(ReadOnlySpan<byte> record)
    {
        var reader = new Utf8JsonReader(record);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isType)
            {
                return KindOf(reader.GetInt32());
            }

            reader.Skip();
        }

        return HubMessageKind.Other;
    }
}
