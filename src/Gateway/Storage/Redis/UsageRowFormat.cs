using System.Buffers;
using Serverless.Gateway.Metering;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Storage.Redis;

/// <summary>
/// Encodes a row of usage for its day's hash, in MessagePack: <c>[hour, hub, node, clients, written, client units, upstream units, messages sent,
/// messages received, bytes sent, bytes received, connections opened, connections peak, live trace units, diagnostic opened, live trace
/// opened]</c>, times in ticks.
/// </summary>
internal static class UsageRowFormat
{
    private const int Fields = 16;

    public static byte[] Encode(UsageRow row)
    {
        var output = new ArrayBufferWriter<byte>(128);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(Fields);
        writer.WriteInt64(row.Hour.UtcTicks);
        writer.WriteString(row.Hub);
        writer.WriteString(row.Node);
        writer.WriteInt64(row.Clients);
        writer.WriteInt64(row.Written?.UtcTicks ?? -1);
        var usage = row.Usage;
        foreach (var number in (ReadOnlySpan<long>)
        [
            usage.ClientUnits, usage.UpstreamUnits, usage.MessagesSent, usage.MessagesReceived, usage.BytesSent, usage.BytesReceived,
            usage.ConnectionsOpened, usage.ConnectionsPeak, usage.LiveTraceUnits, usage.DiagnosticOpened, usage.LiveTraceOpened,
        ])
        {
            writer.WriteInt64(number);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Decodes a row; null if the bytes are not a row.</summary>
    public static UsageRow? Decode(ReadOnlySpan<byte> content)
    {
        try
        {
            var reader = new MessagePackReader(content);
            if (reader.ReadArrayHeader() < Fields)
            {
                return null;
            }

            var hour = Time(reader.ReadInt64());
            var (hub, node, clients, written) = (reader.ReadString(), reader.ReadString(), reader.ReadInt64(), reader.ReadInt64());
            return new UsageRow(
                hour,
                hub,
                node,
                new Usage
                {
                    ClientUnits = reader.ReadInt64(),
                    UpstreamUnits = reader.ReadInt64(),
                    MessagesSent = reader.ReadInt64(),
                    MessagesReceived = reader.ReadInt64(),
                    BytesSent = reader.ReadInt64(),
                    BytesReceived = reader.ReadInt64(),
                    ConnectionsOpened = reader.ReadInt64(),
                    ConnectionsPeak = reader.ReadInt64(),
                    LiveTraceUnits = reader.ReadInt64(),
                    DiagnosticOpened = reader.ReadInt64(),
                    LiveTraceOpened = reader.ReadInt64(),
                })
            {
                Clients = clients,
                Written = written < 0 ? null : Time(written),
            };
        }
        catch (HubProtocolException)
        {
            return null;
        }
    }

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
