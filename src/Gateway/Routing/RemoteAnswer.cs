using System.Buffers;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Routing;

/// <summary>Represents one connection of a group.</summary>
internal sealed record GroupConnection(string ConnectionId, string? UserId);

/// <summary>Reads and writes the answers between nodes: a number (a count, or 1 for true), a list of members, or a client's answer.</summary>
internal static class RemoteAnswer
{
    public static byte[] Of(int number) => Write(writer => writer.WriteInt64(number));

    public static byte[] Of(bool isSo) => Of(isSo ? 1 : 0);

    public static byte[] Of(IReadOnlyList<GroupConnection> members) => Write(writer =>
    {
        writer.WriteArrayHeader(members.Count * 2);
        foreach (var (connectionId, userId) in members)
        {
            writer.WriteString(connectionId);
            writer.WriteStringOrNil(userId);
        }
    });

    public static byte[] Of(ClientCallEnd end, ClientAnswer? answer) => Write(writer =>
    {
        writer.WriteInt64((int)end);
        writer.WriteStringOrNil(answer?.Protocol.Name);
        writer.WriteStringOrNil(answer?.Error);
        writer.WriteBoolean(answer?.HasValue ?? false);
        writer.WriteBinary(answer?.Value);
    });

    public static int Number(ReadOnlyMemory<byte> answer) => (int)new MessagePackReader(answer.Span).ReadInt64();

    public static List<GroupConnection> Members(ReadOnlyMemory<byte> answer)
    {
        var reader = new MessagePackReader(answer.Span);
        var members = new List<GroupConnection>();
        for (var left = reader.ReadArrayHeader(); left > 0; left -= 2)
        {
            members.Add(new GroupConnection(reader.ReadString(), reader.ReadStringOrNil()));
        }

        return members;
    }

    public static (ClientCallEnd End, ClientAnswer? Answer) Call(ReadOnlyMemory<byte> answer)
    {
        var reader = new MessagePackReader(answer.Span);
        var end = (ClientCallEnd)reader.ReadInt64();
        var protocol = reader.ReadStringOrNil();
        var error = reader.ReadStringOrNil();
        var hasValue = reader.ReadBoolean();
        return (end, protocol is null ? null : new ClientAnswer(HubProtocol.Find(protocol)!, error, hasValue, reader.ReadBinary().ToArray()));
    }

    private delegate void Writing(MessagePackWriter writer);

    private static byte[] Write(Writing write)
    {
        var output = new ArrayBufferWriter<byte>(64);
        write(new MessagePackWriter(output));
        return output.WrittenSpan.ToArray();
    }
}
