using System.Buffers;
using Serverless.Gateway.Connections.Framing;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Routing;

/// <summary>What one node asks of another. Nodes of different versions may be joined: numbers never change.</summary>
internal enum RemoteOperationKind
{
    Send = 1,
    Exists = 2,
    Close = 3,
    AddToGroup = 4,
    RemoveFromGroup = 5,
    RemoveFromAllGroups = 6,
    UserJoined = 7,
    UserLeft = 8,
    UserLeftAll = 9,
    IsUserInGroup = 10,
    List = 11,
    Execute = 12,
    Invoke = 13,
    Reach = 14,
    ClientPost = 20,
    ClientPoll = 21,
    ClientPollGivenUp = 22,
    ClientLost = 23,
    ClientGoodbye = 24,
    SocketOpen = 25,
    SocketBytes = 26,
    SocketRead = 27,
    SocketLeft = 28,
    GatewayReading = 30,
    GatewayWatch = 40,
    GatewayEvents = 41,
    GatewayListing = 31,
    GatewayHistory = 32,
    GatewayUsage = 33,
}

/// <summary>An operation for connections of another node; the target is the message's.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Text">A group, a reason, or a filter.</param>
/// <param name="Message">What is sent.</param>
/// <param name="Commands">What is done with each connection that the filter chooses.</param>
/// <param name="Number">When a membership ends, in milliseconds of Unix time; a message's id in the live trace.</param>
/// <param name="Bytes">What a client has sent. Not there from a node of before it was.</param>
/// <param name="Trace">W3C's <c>traceparent</c>; null, and not written, if the operation is in no trace, or in one that is neither in the sample nor watched.</param>
internal sealed record RemoteOperation(
    RemoteOperationKind Kind,
    string? Text = null,
    OutboundMessage? Message = null,
    IReadOnlyList<ConnectionCommand>? Commands = null,
    long Number = 0,
    ReadOnlyMemory<byte> Bytes = default,
    string? Trace = null)
{
    private const int Fields = 6;
    private const int CommandFields = 4;

    public byte[] Encode()
    {
        var output = new ArrayBufferWriter<byte>(256);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(Trace is null ? Fields : Fields + 1);
        writer.WriteInt64((int)Kind);
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

    /// <summary>Reads an operation.</summary>
    /// <exception cref="Serverless.Protocol.HubProtocolException">The bytes are none.</exception>
    public static RemoteOperation Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new MessagePackReader(bytes);
        var fields = reader.ReadArrayHeader();
        var kind = (RemoteOperationKind)reader.ReadInt64();
        var text = reader.ReadStringOrNil();
        var message = ReadMessage(ref reader);
        var commands = new ConnectionCommand[reader.ReadArrayHeader()];
        for (var i = 0; i < commands.Length; i++)
        {
            reader.ReadArrayHeader();
            commands[i] = new ConnectionCommand(
                (ConnectionCommandKind)reader.ReadInt64(), ReadMessage(ref reader), reader.ReadStringOrNil(), reader.ReadStringOrNil());
        }

        var number = reader.ReadInt64();
        var sent = fields < Fields ? default : reader.ReadBinary().ToArray();
        return new RemoteOperation(kind, text, message, commands, number, sent, fields > Fields ? reader.ReadString() : null);
    }

    private static void WriteMessage(ArrayBufferWriter<byte> output, OutboundMessage? message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteBoolean(message is not null);
        message?.Write(output);
    }

    private static OutboundMessage? ReadMessage(ref MessagePackReader reader) => reader.ReadBoolean() ? OutboundMessage.Read(ref reader) : null;
}
