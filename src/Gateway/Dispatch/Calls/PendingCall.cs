using System.Buffers;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using Serverless.Gateway.Dispatch.Streams;
using Serverless.Gateway.Limits;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Calls;

/// <summary>One upstream call in a connection's queue. Its body is rented until <see cref="Release"/>.</summary>
internal sealed class PendingCall
{
    private static readonly MediaTypeHeaderValue[] MediaTypes =
        [.. HubProtocol.All.Select(protocol => new MediaTypeHeaderValue(protocol.ContentType))];

    /// <summary>Gets the media type of connection events.</summary>
    public static MediaTypeHeaderValue JsonType => MediaTypes[HubProtocol.Json.Index];

    // The object and its slot in the queue, the headers of the array and the strings, and the request that is made of it.
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

    /// <summary>Gets the invocation's id; null when the client wants no answer.</summary>
    public string? InvocationId { get; }

    /// <summary>Gets the stream; null when the client wants one result or no answer.</summary>
    public StreamCall? Stream { get; private init; }

    /// <summary>Gets the task that must complete before the call is sent; null when there is none.</summary>
    public Task? After { get; private init; }

    /// <summary>Gets or sets its span; null when there is none.</summary>
    public Activity? Span { get; set; }

    /// <summary>Gets or sets the time of its arrival in UTC ticks; 0 when no template's functions get it.</summary>
    public long Time { get; set; }

    /// <summary>Gets or sets its number in the live trace; 0 without a viewer.</summary>
    public uint LiveTraceNumber { get; set; }

    public MediaTypeHeaderValue ContentType => MediaTypes[_protocol];

    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>Gets the bytes that count for the connection's queue and for the node: the body's rented array, the strings, and the call itself.</summary>
    public int Cost =>
        (_isRented && MemoryMarshal.TryGetArray(Body, out var rented) ? rented.Array!.Length : Body.Length)
        + (2 * (EventName.Length + (InvocationId?.Length ?? 0)))
        + OwnBytes;

    /// <summary>True for the event that opens the connection upstream.</summary>
    public bool IsConnected => _isEvent && EventName == UpstreamCategories.Connected;

    /// <summary>True for the event that closes the connection upstream.</summary>
    public bool IsDisconnected => _isEvent && EventName == UpstreamCategories.Disconnected;

    /// <summary>Creates the call of a <c>connections</c> event, which is JSON for every client protocol.</summary>
    public static PendingCall ForEvent(string eventName, ReadOnlyMemory<byte> body, Task? after = null) =>
        new(isEvent: true, eventName, null, HubProtocol.Json) { Body = body, After = after };

    /// <summary>Creates the call of an invocation; its bytes are copied.</summary>
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

    /// <summary>Returns the body's rented array. No reader may use the body any more.</summary>
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
