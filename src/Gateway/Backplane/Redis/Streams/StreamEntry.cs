using Serverless.Gateway.Backplane.Redis.Resp;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>
/// Represents an entry of a hub's stream. Its fields: <c>m</c>, the message, whose request number is the sender's sequence in this hub, and in a
/// repeat of an entry that Redis once had also <c>o</c>, the id of that entry.
/// </summary>
/// <param name="Id">The position in the stream.</param>
/// <param name="Message">The message; null if this version cannot read it.</param>
/// <param name="Original">The id of the entry that this one repeats; zero if it is not known to be a repeat.</param>
internal sealed record StreamEntry(StreamId Id, BackplaneMessage? Message, StreamId Original)
{
    private static readonly ReadOnlyMemory<byte> MessageField = Part("m");
    private static readonly ReadOnlyMemory<byte> OriginalField = Part("o");

    /// <summary>Gets the message with its signature, as it was read.</summary>
    public byte[] Bytes { get; private init; } = [];

    /// <summary>Gets the length of the message without its signature.</summary>
    public int ContentLength { get; private init; }

    /// <summary>Gets the length of the message with its signature.</summary>
    public int Length => Bytes.Length;

    /// <summary>Returns the fields of a new entry.</summary>
    public static ReadOnlyMemory<byte>[] Fields(byte[] message, StreamId? original) => original is { } id
        ? [MessageField, message, OriginalField, id.ToPart()]
        : [MessageField, message];

    /// <summary>Reads an item of an answer of XREAD or XREVRANGE: <c>[id, [field, value, …]]</c>.</summary>
    public static StreamEntry Read(RespValue item)
    {
        var id = StreamId.Read(item.Items[0].Bytes);
        var original = StreamId.Zero;
        byte[] message = [];
        var fields = item.Items[1].Items;
        for (var i = 0; i + 1 < fields.Count; i += 2)
        {
            if (fields[i].Bytes.AsSpan().SequenceEqual(MessageField.Span))
            {
                message = fields[i + 1].Bytes;
            }
            else if (fields[i].Bytes.AsSpan().SequenceEqual(OriginalField.Span))
            {
                original = StreamId.Read(fields[i + 1].Bytes);
            }
        }

        return new StreamEntry(id, BackplaneMessage.Decode(message, out var length), original) { Bytes = message, ContentLength = length };
    }
}
