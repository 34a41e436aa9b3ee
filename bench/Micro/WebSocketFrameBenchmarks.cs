using System.Buffers;
using BenchmarkDotNet.Attributes;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Clients.Transports.WebSockets;
using Serverless.Protocol;

namespace Serverless.Micro;

/// <summary>Reads the bytes of hub messages from a socket's bytes: frame header, mask, collection, and return of the buffer.</summary>
public class WebSocketFrameBenchmarks
{
    private const uint Mask = 0x1F2E3D4C;
    private const int SegmentBytes = 100;

    private ReadOnlySequence<byte> _oneSegment;
    private ReadOnlySequence<byte> _manySegments;
    private InboundBuffer _inbound;

    [Params(Sample.Small, Sample.Large)]
    public int Size { get; set; }

    [Params(Sample.Json, Sample.MessagePack)]
    public string Protocol { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        var protocol = HubProtocol.Find(Protocol)!;
        var message = Sample.Invocation(protocol, Size);
        var frame = Sample.ClientFrame(protocol.IsBinary, message, Mask);
        _oneSegment = new ReadOnlySequence<byte>(frame);
        _manySegments = Segment.Split(frame, SegmentBytes);

        foreach (var received in (ReadOnlySequence<byte>[])[_oneSegment, _manySegments])
        {
            Gather(received);
            Ensure.Equal(message, _inbound.Bytes, "the unmasked message");
            _inbound.Release();
        }
    }

    [Benchmark]
    public int OneSegment() => Receive(_oneSegment);

    /// <summary>Hostile: small segments, so that the phase of the mask changes with each one.</summary>
    [Benchmark]
    public int ManySegments() => Receive(_manySegments);

    private int Receive(ReadOnlySequence<byte> received)
    {
        Gather(received);
        var length = _inbound.Length;
        _inbound.Consume(length);
        return length;
    }

    private void Gather(ReadOnlySequence<byte> buffer)
    {
        Ensure.That(WebSocketFrameHeader.TryRead(ref buffer, out var header), "the header is not whole");
        for (long taken = 0; taken < header.Length;)
        {
            var part = buffer.FirstSpan;
            WebSocketMask.Remove(part, _inbound.Extend(part.Length), header.Mask, (int)(taken & 3));
            taken += part.Length;
            buffer = buffer.Slice(part.Length);
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public static ReadOnlySequence<byte> Split(ReadOnlyMemory<byte> bytes, int segmentBytes)
        {
            var first = new Segment { Memory = bytes[..segmentBytes] };
            var last = first;
            for (var at = segmentBytes; at < bytes.Length; at += segmentBytes)
            {
                var next = new Segment
                {
                    Memory = bytes.Slice(at, Math.Min(segmentBytes, bytes.Length - at)),
                    RunningIndex = at,
                };
                last.Next = next;
                last = next;
            }

            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }
}
