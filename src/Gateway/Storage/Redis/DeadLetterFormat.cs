using System.Buffers;
using System.Security.Cryptography;
using Serverless.Gateway.Addressing;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Storage.Redis;

/// <summary>
/// Encodes a dead letter for its hash, in MessagePack: <c>[event id, hub, connection, sequence, time, category, event, media type, user, claims,
/// query, template, attempts, failed at, reason, status, body length, SHA-256 of the body]</c>, times in ticks. The body is stored separately.
/// </summary>
internal static class DeadLetterFormat
{
    private const int Fields = 18;

    public static byte[] Encode(DeadLetter letter)
    {
        var output = new ArrayBufferWriter<byte>(512);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(Fields);
        writer.WriteString(letter.EventId);
        writer.WriteString(letter.Hub.Value);
        writer.WriteString(letter.ConnectionId);
        writer.WriteInt64(letter.Sequence ?? -1);
        writer.WriteInt64(letter.Time.UtcTicks);
        writer.WriteString(letter.Category);
        writer.WriteString(letter.EventName);
        writer.WriteString(letter.ContentType);
        writer.WriteStringOrNil(letter.UserId);
        writer.WriteStringOrNil(letter.Claims);
        writer.WriteStringOrNil(letter.ClientQuery);
        writer.WriteInt64(letter.Template);
        writer.WriteInt64(letter.Attempts);
        writer.WriteInt64(letter.FailedAt.UtcTicks);
        writer.WriteString(letter.Reason);
        writer.WriteInt64(letter.Status);
        writer.WriteInt64(letter.Body.Length);
        writer.WriteBinary(SHA256.HashData(letter.Body.Span));
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Decodes a letter without its body; null if the bytes are not a letter.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="bodyHash">The hash that the body must have.</param>
    public static DeadLetter? Decode(ReadOnlySpan<byte> content, out byte[] bodyHash)
    {
        bodyHash = [];
        try
        {
            var reader = new MessagePackReader(content);
            if (reader.ReadArrayHeader() < Fields)
            {
                return null;
            }

            var eventId = reader.ReadString();
            if (!HubName.TryParseJoined(reader.ReadString(), out var hub))
            {
                return null;
            }

            var letter = new DeadLetter
            {
                EventId = eventId,
                Hub = hub,
                ConnectionId = reader.ReadString(),
                Sequence = (int)reader.ReadInt64() is >= 0 and var sequence ? sequence : null,
                Time = new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero),
                Category = reader.ReadString(),
                EventName = reader.ReadString(),
                ContentType = reader.ReadString(),
                UserId = reader.ReadStringOrNil(),
                Claims = reader.ReadStringOrNil(),
                ClientQuery = reader.ReadStringOrNil(),
                Template = (int)reader.ReadInt64(),
                Attempts = (int)reader.ReadInt64(),
                FailedAt = new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero),
                Reason = reader.ReadString(),
                Status = (int)reader.ReadInt64(),
                BodyLength = (int)reader.ReadInt64(),
            };
            bodyHash = reader.ReadBinary().ToArray();
            return letter;
        }
        catch (HubProtocolException)
        {
            return null;
        }
    }
}
