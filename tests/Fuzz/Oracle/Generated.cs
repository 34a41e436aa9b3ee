using System.Buffers;
using System.Globalization;
using System.Text;
using Serverless.Protocol.Tests.Oracle;
using AspNetCore = Microsoft.AspNetCore.SignalR.Protocol;
using Package = global::MessagePack;

namespace Serverless.Fuzz.Oracle;

/// <summary>Makes random valid inputs with the package's writers: every code, integers at the edges of types, nested values.</summary>
internal static class Generated
{
    private const int DeepestUsual = 4;

    private static readonly ulong[] Edges =
    [
        0, 1, 31, 32, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536, int.MaxValue, 1u << 31, uint.MaxValue, long.MaxValue, 1UL << 63, ulong.MaxValue,
    ];

    private static readonly string[] Texts =
    [
        "", "a", "traceparent", "ü€😀", "\ud800", "a\u001e\"\\\0", "2026-11-28T00:00:00.1000000Z", "NaN",
        new('x', 31), new('x', 32), new('x', 255), new('x', 256),
    ];

    private static readonly string[] OddMessages =
    [
        "9501C0C0A17890", // nil headers
        "950182A161A162A161A163C0A17890", // a header twice
        "950181A0A162C0A17890", // empty name of a header
        "950181A161A0C0A17890", // empty value
        "950180C0A090", // empty target
        "960180C0A17890C0", // nil stream ids
        "9307C0C0", // nil as allowReconnect
        "930180C0A17890", // fewer elements than fields
        "9006",
        "9E0180A131A36164649201A374776F90", // elements announced that do not follow
        "910A", // unknown type
    ];

    /// <summary>Returns a MessagePack value; one of 16 is an array nested around the limit.</summary>
    public static byte[] Value(Random random)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new Package.MessagePackWriter(output);
        for (var levels = random.Next(16) == 0 ? random.Next(58, 68) : 0; levels > 0; levels--)
        {
            writer.WriteArrayHeader(1);
        }

        Write(ref writer, random, DeepestUsual);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Returns a framed hub message, sometimes several; one of 8 has a form that the package does not write.</summary>
    public static byte[] Message(Random random)
    {
        var message = random.Next(8) == 0
            ? OwnMessages.Framed(Convert.FromHexString(OddMessages[random.Next(OddMessages.Length)]))
            : OracleMessages.Write(HubMessage(random));
        return random.Next(4) == 0 ? [.. message, .. Message(random)] : message;
    }

    /// <summary>Returns a JSON value as UTF-8.</summary>
    public static byte[] Json(Random random)
    {
        var text = new StringBuilder();
        Append(text, random, DeepestUsual);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static AspNetCore.HubMessage HubMessage(Random random)
    {
        var id = random.Next(8) == 0 ? new string('i', random.Next(250, 260)) : random.Next(1000).ToString(CultureInfo.InvariantCulture);
        var target = random.Next(8) == 0 ? new string('t', 300) : "send";
        var message = Message();
        if (message is AspNetCore.HubInvocationMessage with && random.Next(3) == 0)
        {
            // Rarely more, longer names or longer values than the limits.
            with.Headers = Enumerable.Range(0, random.Next(16) == 0 ? random.Next(98, 103) : random.Next(3)).ToDictionary(
                i => random.Next(32) == 0 ? new string('n', random.Next(250, 260)) + i : "name" + i,
                _ => random.Next(32) == 0 ? new string('v', random.Next(8190, 8195)) : "value ü");
        }

        return message;

        AspNetCore.HubMessage Message() => random.Next(12) switch
        {
            0 or 1 => new AspNetCore.InvocationMessage(random.Next(2) == 0 ? null : id, target, Arguments(random), Streams(random)),
            2 or 3 => new AspNetCore.StreamInvocationMessage(id, target, Arguments(random), Streams(random)),
            4 => new AspNetCore.StreamItemMessage(id, Argument(random)),
            5 => AspNetCore.CompletionMessage.WithResult(id, Argument(random)),
            6 => AspNetCore.CompletionMessage.WithError(id, Text(random) + "!"),
            7 => AspNetCore.CompletionMessage.Empty(id),
            8 => new AspNetCore.CancelInvocationMessage(id),
            9 => new AspNetCore.CloseMessage(random.Next(2) == 0 ? null : Text(random), random.Next(2) == 0),
            10 => new AspNetCore.AckMessage(unchecked((long)Edge(random))),
            _ => random.Next(2) == 0 ? AspNetCore.PingMessage.Instance : new AspNetCore.SequenceMessage(unchecked((long)Edge(random))),
        };
    }

    private static object?[] Arguments(Random random) => [.. Enumerable.Range(0, random.Next(4)).Select(_ => Argument(random))];

    private static RawValue Argument(Random random) => new("", Value(random));

    private static string[]? Streams(Random random) => random.Next(4) == 0 ? ["s", "2"] : null;

    private static void Write(ref Package.MessagePackWriter writer, Random random, int depthLeft)
    {
        switch (random.Next(depthLeft == 0 ? 16 : 21))
        {
            case 0:
                writer.WriteNil();
                break;
            case 1:
                writer.Write(random.Next(2) == 0);
                break;
            case 2:
                writer.Write(Edge(random));
                break;
            case 3:
                writer.Write(unchecked((long)Edge(random)));
                break;
            case 4:
                writer.WriteInt64(unchecked((long)Edge(random)));
                break;
            case 5:
                writer.WriteInt32(unchecked((int)Edge(random)));
                break;
            case 6:
                writer.WriteInt16(unchecked((short)Edge(random)));
                break;
            case 7:
                writer.WriteInt8(unchecked((sbyte)Edge(random)));
                break;
            case 8:
                writer.WriteUInt64(Edge(random));
                break;
            case 9:
                writer.WriteUInt16(unchecked((ushort)Edge(random)));
                break;
            case 10:
                writer.Write(BitConverter.UInt64BitsToDouble(unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue))));
                break;
            case 11:
                writer.Write(BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)));
                break;
            case 12:
                writer.Write(Bytes(random));
                break;
            case 13:
                var type = random.Next(2) == 0 ? (sbyte)-1 : (sbyte)random.Next(sbyte.MinValue, sbyte.MaxValue);
                writer.WriteExtensionFormat(new Package.ExtensionResult(type, new ReadOnlySequence<byte>(Bytes(random))));
                break;
            case 14:
                writer.Write(new DateTime(random.NextInt64(DateTime.MaxValue.Ticks), DateTimeKind.Utc));
                break;
            case 15:
                writer.Write(Text(random));
                break;
            case 16 or 17 or 18:
                var elements = Length(random);
                writer.WriteArrayHeader(elements);
                for (var left = elements; left > 0; left--)
                {
                    Write(ref writer, random, elements > 8 ? 0 : depthLeft - 1);
                }

                break;
            default:
                var pairs = Length(random);
                writer.WriteMapHeader(pairs);
                for (var left = pairs; left > 0; left--)
                {
                    if (random.Next(16) == 0)
                    {
                        Write(ref writer, random, 0);
                    }
                    else
                    {
                        writer.Write(Text(random));
                    }

                    Write(ref writer, random, pairs > 8 ? 0 : depthLeft - 1);
                }

                break;
        }
    }

    private static void Append(StringBuilder text, Random random, int depthLeft)
    {
        switch (random.Next(depthLeft == 0 ? 8 : 11))
        {
            case 0:
                text.Append("null");
                break;
            case 1:
                text.Append(random.Next(2) == 0 ? "true" : "false");
                break;
            case 2:
                text.Append(CultureInfo.InvariantCulture, $"{Edge(random)}");
                break;
            case 3:
                text.Append(CultureInfo.InvariantCulture, $"{unchecked((long)Edge(random))}");
                break;
            case 4:
                text.Append(CultureInfo.InvariantCulture, $"{random.NextDouble() * 1e9:R}");
                break;
            case 5:
                text.Append(CultureInfo.InvariantCulture, $"{random.Next(-99, 99)}.{random.Next(99)}e{random.Next(-310, 310)}");
                break;
            case 6 or 7:
                AppendText(text, random);
                break;
            case 8:
                text.Append('[');
                for (var left = random.Next(20) is var most && most > 4 ? most - 4 : most; left > 0; left--)
                {
                    Append(text, random, depthLeft - 1);
                    text.Append(left > 1 ? " , " : "");
                }

                text.Append(']');
                break;
            default:
                text.Append('{');
                for (var left = random.Next(4); left > 0; left--)
                {
                    AppendText(text, random);
                    text.Append(':');
                    Append(text, random, depthLeft - 1);
                    text.Append(left > 1 ? "," : "");
                }

                text.Append('}');
                break;
        }
    }

    // Half of the texts with every character escaped.
    private static void AppendText(StringBuilder text, Random random)
    {
        var isEscaped = random.Next(2) == 0;
        text.Append('"');
        foreach (var c in Text(random))
        {
            if (isEscaped || c is < ' ' or '"' or '\\' || char.IsSurrogate(c))
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                text.Append(c);
            }
        }

        text.Append('"');
    }

    private static ulong Edge(Random random) => unchecked(Edges[random.Next(Edges.Length)] * (random.Next(2) == 0 ? 1UL : ulong.MaxValue));

    private static string Text(Random random) => Texts[random.Next(Texts.Length)];

    private static int Length(Random random) => random.Next(16) == 0 ? random.Next(15, 18) : random.Next(4);

    private static byte[] Bytes(Random random)
    {
        var bytes = new byte[random.Next(8) switch { 0 => 4, 1 => 8, 2 => 12, 3 => 16, 4 => random.Next(254, 258), _ => random.Next(4) }];
        random.NextBytes(bytes);
        return bytes;
    }
}
