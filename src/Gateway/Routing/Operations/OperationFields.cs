using System.Buffers;
using Serverless.Gateway.Connections.Framing;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Routing.Operations;

/// <summary>
/// The wire form that all operations share: a MessagePack array
/// <c>[kind, text or nil, has message, (message), [[command kind, has message, (message), group, reason], …], number, bytes, (trace)]</c>.
/// Each operation's type documents its fields; the other fields are empty.
/// </summary>
/// <remarks>
/// An older version writes no bytes, and reads neither bytes nor trace. The trace is written only where there is one, so that its absence
/// costs nothing.
/// </remarks>
/// <param name="Text">A name or another short text.</param>
/// <param name="Message">A message for clients.</param>
/// <param name="Commands">Commands for connections.</param>
/// <param name="Number">A number.</param>
/// <param name="Bytes">Bytes.</param>
/// <param name="Trace">W3C's <c>traceparent</c>.</param>
internal readonly record struct OperationFields(
    string? Text = null,
    OutboundMessage? Message = null,
    IReadOnlyList<ExecuteCommand>? Commands = null,
    long Number = 0,
    ReadOnlyMemory<byte> Bytes = default,
    string? Trace = null)
{
    private const int Count = 6;
    private const int CommandFields = 4;

    /// <summary>Writes the fields of an operation.</summary>
    public byte[] Encode(RemoteOperationKind kind)
    {
        var output = new ArrayBufferWriter<byte>(256);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(Trace is null ? Count : Count + 1);
        writer.WriteInt64((int)kind);
        writer.WriteStringOrNil(Text);
        WriteMessage(output, Message);
        writer.WriteArrayHeader(Commands?.Count ?? 0);
        foreach (var command in Commands ?? [])
        {
            writer.WriteArrayHeader(CommandFields);
            writer.WriteInt64((int)command.Kind);
            WriteMessage(output, command.Message);
            writer.WriteStringOrNil(command.Group);
            writer.WriteStringOrNil(command.Reason);
        }

        writer.WriteInt64(Number);
        writer.WriteBinary(Bytes.Span);
        if (Trace is not null)
        {
            writer.WriteString(Trace);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads the fields of an operation.</summary>
    /// <exception cref="Serverless.Protocol.HubProtocolException">The bytes are not an operation.</exception>
    public static OperationFields Decode(ReadOnlySpan<byte> bytes, out RemoteOperationKind kind)
    {
        var reader = new MessagePackReader(bytes);
        var fields = reader.ReadArrayHeader();
        kind = (RemoteOperationKind)reader.ReadInt64();
        var text = reader.ReadStringOrNil();
        var message = ReadMessage(ref reader);
        var commands = new ExecuteCommand[reader.ReadArrayHeader()];
        for (var i = 0; i < commands.Length; i++)
        {
            reader.ReadArrayHeader();
            commands[i] = new ExecuteCommand(
                (ExecuteCommandKind)reader.ReadInt64(), ReadMessage(ref reader), reader.ReadStringOrNil(), reader.ReadStringOrNil());
        }

        var number = reader.ReadInt64();
        var sent = fields < Count ? default : reader.ReadBinary().ToArray();
        return new OperationFields(text, message, commands, number, sent, fields > Count ? reader.ReadString() : null);
    }

    private static void WriteMessage(ArrayBufferWriter<byte> output, OutboundMessage? message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteBoolean(message is not null);
        message?.Write(output);
    }

    private static OutboundMessage? ReadMessage(ref MessagePackReader reader) => reader.ReadBoolean() ? OutboundMessage.Read(ref reader) : null;
}
