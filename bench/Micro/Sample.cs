using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Serverless.Protocol;

namespace Serverless.Micro;

/// <summary>Creates the messages that the benchmarks process.</summary>
internal static class Sample
{
    public const int Small = 128;
    public const int Large = 2048;
    public const string Json = "json";
    public const string MessagePack = "messagepack";
    public const string Target = "newMessage";
    public const string InvocationId = "1234";

    /// <summary>Returns chat-like arguments of the given size: a number, a name, and an object with a text.</summary>
    public static byte[] JsonArguments(int bytes)
    {
        const string Start = "[17,\"alice\",{\"text\":\"";
        const string End = "\",\"urgent\":false}]";
        return Encoding.UTF8.GetBytes(Start + new string('x', bytes - Start.Length - End.Length) + End);
    }

    /// <summary>Returns the same arguments in a protocol's own encoding.</summary>
    public static byte[] Arguments(HubProtocol protocol, int bytes)
    {
        var json = JsonArguments(bytes);
        return protocol == HubProtocol.Json ? json : Written(json, static (output, value) => Transcoder.JsonToMessagePack(value, output));
    }

    /// <summary>Returns a framed invocation.</summary>
    public static byte[] Invocation(HubProtocol protocol, int bytes, string? invocationId = InvocationId) => Written(
        (protocol, bytes, invocationId),
        static (output, state) =>
            state.protocol.WriteInvocation(output, state.invocationId, Target, Arguments(state.protocol, state.bytes)));

    /// <summary>Returns a masked WebSocket message of a client.</summary>
    public static byte[] ClientFrame(bool binary, ReadOnlySpan<byte> payload, uint mask)
    {
        const byte Masked = 0x80;
        Span<byte> start = stackalloc byte[8];
        start[0] = (byte)(binary ? 0x82 : 0x81);
        var header = payload.Length <= 125 ? 2 : 4;
        start[1] = (byte)(Masked | (header == 2 ? payload.Length : 126));
        if (header == 4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(start[2..], checked((ushort)payload.Length));
        }

        BinaryPrimitives.WriteUInt32LittleEndian(start[header..], mask);
        var maskBytes = start.Slice(header, sizeof(uint));
        var frame = new byte[header + sizeof(uint) + payload.Length];
        start[..(header + sizeof(uint))].CopyTo(frame);
        for (var i = 0; i < payload.Length; i++)
        {
            frame[header + sizeof(uint) + i] = (byte)(payload[i] ^ maskBytes[i & 3]);
        }

        return frame;
    }

    /// <summary>Returns the bytes that a writer writes.</summary>
    public static byte[] Written<TState>(TState state, Action<IBufferWriter<byte>, TState> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output, state);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Throws unless the bytes are exactly one invocation of the sample.</summary>
    public static void EnsureInvocation(HubProtocol protocol, ReadOnlySpan<byte> framed, int bytes, string? invocationId)
    {
        Ensure.That(
            protocol.TryCut(framed, 0, int.MaxValue, out var message, out var consumed) && consumed == framed.Length,
            "there is not exactly one hub message");
        var read = protocol.Read(message);
        Ensure.That(
            read.Type == HubMessageType.Invocation && read.Target == Target && read.InvocationId == invocationId,
            "the hub message is another one");
        Ensure.Equal(Arguments(protocol, bytes), read.Arguments, "the arguments' array");
    }
}
