using System.Buffers;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Ledger;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Backplane.Redis.Ledger;

/// <summary>
/// Reads and writes an entry of a ledger's hash: <c>[hub, user, claims, query]</c> in MessagePack, followed by its signature. The field is the
/// connection's id.
/// </summary>
internal static class LedgerEntryFormat
{
    /// <summary>Writes an entry, with free bytes behind it.</summary>
    public static byte[] Encode(LedgerEntry entry, int trailerBytes)
    {
        var output = new ArrayBufferWriter<byte>(128);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(4);
        writer.WriteString(entry.Hub.Value);
        writer.WriteStringOrNil(entry.UserId);
        writer.WriteStringOrNil(entry.Claims);
        writer.WriteStringOrNil(entry.Query);
        var bytes = new byte[output.WrittenCount + trailerBytes];
        output.WrittenSpan.CopyTo(bytes);
        return bytes;
    }

    /// <summary>Reads an entry; null if the bytes are not one.</summary>
    /// <param name="connectionId">The field.</param>
    /// <param name="bytes">The entry, and any bytes behind it.</param>
    /// <param name="length">The length of the entry itself.</param>
    public static LedgerEntry? Decode(string connectionId, ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        try
        {
            var reader = new MessagePackReader(bytes);
            reader.ReadArrayHeader();
            var isHub = HubName.TryParseJoined(reader.ReadString(), out var hub);
            var entry = new LedgerEntry(connectionId, hub, reader.ReadStringOrNil(), reader.ReadStringOrNil(), reader.ReadStringOrNil());
            length = reader.Position;
            return isHub ? entry : null;
        }
        catch (HubProtocolException)
        {
            return null;
        }
    }
}
