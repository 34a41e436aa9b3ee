using System.Buffers;
using Serverless.Gateway.Limits;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Connections.Framing;

/// <summary>
/// Represents one message to clients, encoded at most once per hub protocol, and only for protocols that a receiver uses. Arguments keep
/// their bytes for clients of the protocol that they arrived in, and are transcoded for others. Safe for concurrent reads.
/// </summary>
internal sealed class OutboundMessage
{
    private readonly Frame?[] _frames = new Frame?[HubProtocol.Count];
    private readonly string? _target;
    private readonly byte[]? _arguments;
    private readonly HubProtocol? _source;
    private volatile bool _hasSourceFormOnly;

    private OutboundMessage(string? target, byte[]? arguments, HubProtocol? source)
    {
        _target = target;
        _arguments = arguments;
        _source = source;
    }

    /// <summary>Creates an invocation from arguments that are a JSON array; clients of other protocols get it transcoded.</summary>
    public static OutboundMessage Invocation(string target, byte[] jsonArguments) => Invocation(HubProtocol.Json, target, jsonArguments);

    /// <summary>
    /// Creates an invocation from arguments in one protocol's encoding. A client of the other protocol is skipped if they cannot be
    /// transcoded.
    /// </summary>
    public static OutboundMessage Invocation(HubProtocol source, string target, byte[] arguments) => new(target, arguments, source);

    /// <summary>Creates a message from encoded frames. A client whose protocol has no frame is skipped.</summary>
    public static OutboundMessage Encoded(IEnumerable<(HubProtocol Protocol, Frame Frame)> frames)
    {
        var message = new OutboundMessage(null, null, null);
        foreach (var (protocol, frame) in frames)
        {
            message._frames[protocol.Index] = frame;
        }

        return message;
    }

    /// <summary>Reads a message that <see cref="Write"/> wrote on another node.</summary>
    public static OutboundMessage Read(ref MessagePackReader reader)
    {
        var target = reader.ReadStringOrNil();
        if (target is not null)
        {
            return Invocation(target, reader.ReadBinary().ToArray());
        }

        var frames = new List<(HubProtocol, Frame)>();
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            var protocol = HubProtocol.Find(reader.ReadString());
            var bytes = reader.ReadBinary();
            if (protocol is not null)
            {
                frames.Add((protocol, Frame.Copy(protocol.IsBinary, bytes)));
            }
        }

        return Encoded(frames);
    }

    /// <summary>
    /// Writes the message for another node: target and JSON arguments, or nil and a map from protocol names to framed messages. Every
    /// version reads both. Arguments that are not JSON use the second form, once per protocol.
    /// </summary>
    public void Write(IBufferWriter<byte> output)
    {
        var writer = new MessagePackWriter(output);
        if (_source == HubProtocol.Json)
        {
            writer.WriteString(_target!);
            writer.WriteBinary(_arguments);
            return;
        }

        writer.WriteNil();
        var known = HubProtocol.All.Where(protocol => FrameFor(protocol) is not null).ToList();
        writer.WriteMapHeader(known.Count);
        foreach (var protocol in known)
        {
            writer.WriteString(protocol.Name);
            writer.WriteBinary(_frames[protocol.Index]!.Payload.Span);
        }
    }

    /// <summary>Gets the bytes of memory that the message takes so far.</summary>
    public long Cost
    {
        get
        {
            var cost = (long)(_arguments?.Length ?? 0);
            foreach (var frame in _frames)
            {
                cost += frame?.Cost ?? 0;
            }

            return cost;
        }
    }

    /// <summary>Returns the frame for a protocol; null if the message has no form for it.</summary>
    public Frame? FrameFor(HubProtocol protocol) =>
        _frames[protocol.Index] ?? (_source is null || _hasSourceFormOnly && protocol != _source ? null : Encode(protocol));

    /// <summary>Returns a message with the same protocols and empty bodies; null if the message has a form for every protocol.</summary>
    public OutboundMessage? Outline()
    {
        if (_source == HubProtocol.Json)
        {
            return null;
        }

        var known = HubProtocol.All.Where(protocol => FrameFor(protocol) is not null).ToList();
        return _source is not null && known.Count == HubProtocol.Count
            ? null
            : Encoded(known.Select(protocol => (protocol, Frame.Copy(protocol.IsBinary, []))));
    }

    /// <summary>
    /// Returns the target and the arguments, or one of the encoded forms if the message arrived encoded; for the live trace.
    /// </summary>
    public (string? Target, ReadOnlyMemory<byte> Body, bool IsBinary) Describe()
    {
        if (_source is not null)
        {
            return (_target, _arguments, _source.IsBinary);
        }

        foreach (var protocol in HubProtocol.All)
        {
            if (_frames[protocol.Index] is { } frame && protocol.TryCut(frame.Payload.Span, 0, int.MaxValue, out var bytes, out var consumed))
            {
                return (protocol.Read(bytes).Target, frame.Payload[(protocol.IsBinary ? consumed - bytes.Length : 0)..(protocol.IsBinary ? consumed : bytes.Length)], protocol.IsBinary);
            }
        }

        return (null, default, false);
    }

    /// <summary>Returns this invocation as a call with an invocation id; null if the message has no form for the protocol.</summary>
    /// <exception cref="HubProtocolException">The message arrived encoded and is not an invocation.</exception>
    public Frame? CallFor(HubProtocol protocol, string invocationId)
    {
        if (FrameFor(protocol) is not { } frame)
        {
            return null;
        }

        if (!protocol.TryCut(frame.Payload.Span, 0, int.MaxValue, out var bytes, out _)
            || protocol.Read(bytes) is not { Type: HubMessageType.Invocation, Target: { } target } invocation)
        {
            throw new HubProtocolException("The message is no invocation.");
        }

        return Frame.Create(
            protocol.IsBinary,
            new CallState(protocol, invocationId, target, invocation.Arguments),
            static (output, state) => state.Protocol.WriteInvocation(output, state.InvocationId, state.Target, state.Arguments));
    }

    /// <summary>
    /// Creates one item of a stream from one protocol's encoding. A client of the other protocol gets it transcoded, and is skipped if it
    /// cannot be.
    /// </summary>
    public static OutboundMessage StreamItem(HubProtocol source, string invocationId, byte[] item)
    {
        var frames = new List<(HubProtocol, Frame)>(HubProtocol.Count) { (source, Frames.StreamItem(source, invocationId, item)) };
        var transcoded = new ArrayBufferWriter<byte>(item.Length);
        if (TryTranscode(source, item, transcoded))
        {
            var other = Other(source);
            frames.Add((other, Frames.StreamItem(other, invocationId, transcoded.WrittenSpan)));
        }

        return Encoded(frames);
    }

    /// <summary>Creates a stream's end, with an error or without.</summary>
    public static OutboundMessage Completion(string invocationId, string? error) => Encoded(HubProtocol.All.Select(
        protocol => (protocol, error is null ? Frames.Completion(protocol, invocationId) : Frames.Error(protocol, invocationId, error))));

    private Frame? Encode(HubProtocol protocol)
    {
        Frame? frame;
        if (protocol == _source)
        {
            frame = Invocation(protocol, _arguments);
        }
        else
        {
            using var scratch = ScratchBuffer.Rent();
            var arguments = scratch.Writer;
            frame = TryTranscode(_source!, _arguments, arguments) ? Invocation(protocol, arguments.WrittenSpan) : null;
        }

        if (frame is null)
        {
            // Remembered, so that it is not tried once per receiver.
            _hasSourceFormOnly = true;
            return null;
        }

        // Two threads may encode the same message; both use the frame that was stored first.
        return Interlocked.CompareExchange(ref _frames[protocol.Index], frame, null) ?? frame;
    }

    private static HubProtocol Other(HubProtocol protocol) => protocol == HubProtocol.Json ? HubProtocol.MessagePack : HubProtocol.Json;

    // False for values that JSON cannot express: MessagePack maps with keys that are neither text nor integers. All JSON has a
    // MessagePack form.
    private static bool TryTranscode(HubProtocol source, ReadOnlySpan<byte> value, ArrayBufferWriter<byte> output)
    {
        if (source == HubProtocol.Json)
        {
            Transcoder.JsonToMessagePack(value, output);
            return true;
        }

        try
        {
            Transcoder.MessagePackToJson(value, output);
            return true;
        }
        catch (HubProtocolException)
        {
            return false;
        }
    }

    private Frame Invocation(HubProtocol protocol, ReadOnlySpan<byte> arguments) => Frame.Create(
        protocol.IsBinary,
        new InvocationState(protocol, _target!, arguments),
        static (output, state) => state.Protocol.WriteInvocation(output, null, state.Target, state.Arguments));

    private readonly ref struct CallState(HubProtocol protocol, string invocationId, string target, ReadOnlySpan<byte> arguments)
    {
        public readonly HubProtocol Protocol = protocol;
        public readonly string InvocationId = invocationId;
        public readonly string Target = target;
        public readonly ReadOnlySpan<byte> Arguments = arguments;
    }

    private readonly ref struct InvocationState(HubProtocol protocol, string target, ReadOnlySpan<byte> arguments)
    {
        public readonly HubProtocol Protocol = protocol;
        public readonly string Target = target;
        public readonly ReadOnlySpan<byte> Arguments = arguments;
    }
}
