using System.Buffers;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using Serverless.Gateway.Dispatch.Streams;
using Serverless.Gateway.Limits;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Calls;

/// <summary>One upstream call in a connection's line. Its body is rented until <see cref="Release"/>.</summary>
internal sealed class PendingCall
{
    private static readonly MediaTypeHeaderValue[] MediaTypes =
        [.. HubProtocol.All.Select(protocol => new MediaTypeHeaderValue(protocol.ContentType))];

    /// <summary>The media type of connection events.</summary>
    public static MediaTypeHeaderValue JsonType => MediaTypes[HubProtocol.Json.Index];

    // The object and its slot in the line, the array's and the strings' headers, and the request that is made of it.
    private const int OwnBytes = 512;

    // Small, as there is one object per message.
    private readonly byte _protocol;
    private readonly bool _isEvent;
    private bool _isRented;

    private PendingCall(bool isEvent, string eventName, string? invocationId, HubProtocol protocol)
    {
        _isEvent = isEvent;
        EventName = eventName;
        InvocationId = invocationId;
        _protocol = (byte)protocol.Index;
    }

    /// <summary>True for an event of the connection; false for a client's message.</summary>
    public bool IsEvent => _isEvent;

    public string Category => _isEvent ? UpstreamCategories.Connections : UpstreamCategories.Messages;

    public string EventName { get; }

    /// <summary>Null if the client wants no answer.</summary>
    public string? InvocationId { get; }

    /// <summary>Not null where the client wants a stream of items, not one result.</summary>
    public StreamCall? Stream { get; private init; }

    /// <summary>What the call waits for; null for nothing.</summary>
    public Task? After { get; private init; }

    /// <summary>Gets or sets its span; null when there is none.</summary>
    public Activity? Span { get; set; }

    /// <summary>When the gateway got it: UTC ticks; 0 where nobody wants to know.</summary>
    public long Time { get; set; }

    /// <summary>Gets or sets its number in the live trace; 0 without a viewer.</summary>
    public uint LiveTraceNumber { get; set; }

    public MediaTypeHeaderValue ContentType => MediaTypes[_protocol];

    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>Bytes that count for the connection's line and for the node: the body's rented array, the strings, and the call itself.</summary>
    public int Cost =>
        (_isRented && MemoryMarshal.TryGetArray(Body, out var rented) ? rented.Array!.Length : Body.Length)
        + (2 * (EventName.Length + (InvocationId?.Length ?? 0)))
        + OwnBytes;

    /// <summary>True for the event that opens the connection upstream.</summary>
    public bool IsConnected => _isEvent && EventName == UpstreamCategories.Connected;

    /// <summary>True for the event that closes the connection upstream.</summary>
    public bool IsDisconnected => _isEvent && EventName == UpstreamCategories.Disconnected;

    /// <summary>A <c>connections</c> event; always JSON, whatever the client speaks.</summary>
    public static PendingCall ForEvent(string eventName, ReadOnlyMemory<byte> body, Task? after = null) =>
        new(isEvent: true, eventName, null, HubProtocol.Json) { Body = body, After = after };

    /// <summary>An invocation; its bytes are copied.</summary>
    public static PendingCall ForInvocation(HubProtocol protocol, in HubMessage invocation, StreamCall? stream = null)
    {
        using var scratch = ScratchBuffer.Rent();
        var body = scratch.Writer;
        protocol.WriteUpstreamBody(body, in invocation);
        var rented = ArrayPool<byte>.Shared.Rent(body.WrittenCount);
        body.WrittenSpan.CopyTo(rented);
        return new PendingCall(isEvent: false, invocation.Target!, invocation.InvocationId, protocol)
        {
            Stream = stream,
            _isRented = true,
            Body = rented.AsMemory(0, body.WrittenCount),
        };
    }

    /// <summary>Gives the body back; nobody may be reading it any more.</summary>
    public void Release()
    {
        if (_isRented && MemoryMarshal.TryGetArray(Body, out var rented))
        {
            _isRented = false;
            ArrayPool<byte>.Shared.Return(rented.Array!);
        }

        Body = default;
    }
}
