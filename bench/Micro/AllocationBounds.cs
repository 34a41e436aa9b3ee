namespace Serverless.Micro;

/// <summary>
/// The allocation bounds of each path, per operation. Most allocations have two causes: strings that a client or a function sends, and the
/// frame, which is created once and shared by all receivers.
/// </summary>
internal static class AllocationBounds
{
    public static IReadOnlyList<AllocationBound> All { get; } =
    [
        // The target and the invocation id, as strings.
        new("HubMessage.One", 80),
        new("HubMessage.ManyAtOnce", 80),
        new("HubMessage.InPieces", 80),

        new("WebSocketFrame.OneSegment", 0),
        new("WebSocketFrame.ManySegments", 0),
        new("Unmask.Unmask", 0),

        // The message (96), the frame (32), and its array (24) with header, target and JSON's names before the arguments.
        new("Encoding.Message", 208, Copies: 1),
        new("Encoding.Encoded", 112, Copies: 1),

        // The same for a thousand receivers. One byte per receiver would add a thousand; few messages are measured, so the noise is larger.
        new("FanOut.EncodeOnce", 192 + 384, Copies: 1),

        // Also, for each of 500 blocked receivers, a task (128) and a ring of 16 frames (152), once in eight messages.
        new("FanOut.HalfBlocked", (500 * (128 + 152) / 8) + 192 + 384, Copies: 1),

        new("Outbox.OneByOne", 0),
        new("Outbox.InOneVisit", 0),

        // A task (128) for sixteen frames, and occasionally a ring.
        new("Outbox.Blocked", 12),

        // The call itself; its body is rented.
        new("Upstream.Call", 72),
        new("Upstream.Route", 0),
        new("Upstream.Admission", 0),

        // The request, its content and header table (the values are created once per connection), and the connection that it is written to (64).
        new("Upstream.Request", 744),

        // Also the signature's text.
        new("Upstream.SignedRequest", 1064),

        // The frame as above, and the response's invocation id as a string for the comparison.
        new("Upstream.Completion", 136, Copies: 1),
        new("Upstream.CompletionWithoutFraming", 136, Copies: 1),

        // Mostly the objects of a connection of the framework, which lives for one request: the connection, its semaphores and state machines.
        new("HubCall.Call", 7700),

        // The target and the invocation id, as strings, by either reader.
        new("MessagePack.Read", 80),
        new("MessagePack.ReadByPackage", 80),
        new("MessagePack.Skip", 0),
        new("MessagePack.SkipByPackage", 0),

        new("Transcoding.JsonToMessagePack", 0),
        new("Transcoding.Nested", 0),

        new("Counting.Delivery", 0),
        new("Counting.FanOut", 0),
        new("Counting.Invocation", 0),
        new("Counting.Search", 0),

        // The bytes, and some 90 for each value's object, array and list entry; here a value has 760 bytes.
        new("RespReader.ListWhole", 65_536, Copies: 1.1),
        new("RespReader.ListInLargePieces", 65_536, Copies: 1.1),
        new("RespReader.ListInPieces", 65_536, Copies: 1.1),
        new("RespReader.ListByteByByte", 65_536, Copies: 1.1),

        // The array, and the smaller arrays of half its length and less that it has outgrown.
        new("RespReader.TextInPieces", 65_536, Copies: 3),
        new("RespReader.TextByteByByte", 65_536, Copies: 3),

        // The buffer that is written to (32, and 128 spare) and the array that is sent. The signature is part of the array and allocates nothing.
        new("Backplane.Encode", 272, Copies: 2),

        // Message, target and names; the payload is not copied.
        new("Backplane.DecodeUnchecked", 216),
        new("Backplane.Decode", 216),
        new("Backplane.Forged", 216),

        // A JSON writer.
        new("Transcoding.MessagePackToJson", 136),
    ];
}

/// <summary>A bound on allocated bytes: a fixed part, and the number of copies of the payload in new memory.</summary>
/// <param name="Benchmark">The class, without its suffix, and the method.</param>
/// <param name="Bytes">The fixed part.</param>
/// <param name="Copies">The number of copies of the payload.</param>
internal readonly record struct AllocationBound(string Benchmark, int Bytes, double Copies = 0)
{
    public long For(int payloadBytes) => Bytes + (long)(Copies * payloadBytes);
}
