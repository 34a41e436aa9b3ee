using System.Buffers;
using Serverless.Gateway.Addressing;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Backplane.Redis;

/// <summary>A ledger's entry as its hash has it: <c>[hub, user, claims, query]</c> in MessagePack, under the connection's id.</summary>
internal static class LedgerEntryFormat
{
    public static byte[] Encode(LedgerEntry entry)
    {
        var output = new ArrayBufferWriter<byte>(128);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(4);
        writer.WriteString(entry.Hub.Value);
        writer.WriteStringOrNil(entry.UserId);
        writer.WriteStringOrNil(entry.Claims);
        writer.WriteStringOrNil(entry.Query);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads an entry; null if it is not one.</summary>
    public static LedgerEntry? Decode(string connectionId, byte[] bytes)
    {
        try
        {
            var reader = new MessagePackReader(bytes);
            reader.ReadArrayHeader();
            return HubName.TryParseJoined(reader.ReadString(), out var hub)
                ? new LedgerEntry(connectionId, hub, reader.ReadStringOrNil(), reader.ReadStringOrNil(), reader.ReadStringOrNil())
                : null;
        }
        catch (HubProtocolException)
        {
            return null;
        }
    }
}
