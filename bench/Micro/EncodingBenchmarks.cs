using BenchmarkDotNet.Attributes;
using Serverless.Gateway.Connections.Framing;
using Serverless.Protocol;

namespace Serverless.Micro;

/// <summary>Encodes a message of the REST API into the frame of a protocol's clients, which happens once per message and protocol.</summary>
public class EncodingBenchmarks
{
    private HubProtocol _protocol = HubProtocol.Json;
    private byte[] _jsonArguments = [];
    private byte[] _encoded = [];

    [Params(Sample.Small, Sample.Large)]
    public int Size { get; set; }

    [Params(Sample.Json, Sample.MessagePack)]
    public string Protocol { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        _protocol = HubProtocol.Find(Protocol)!;
        _jsonArguments = Sample.JsonArguments(Size);
        _encoded = Sample.Invocation(_protocol, Size, invocationId: null);
        Sample.EnsureInvocation(_protocol, ((Frame)Message()).Payload.Span, Size, invocationId: null);
        Ensure.Equal(_encoded, ((Frame)Encoded()).Payload.Span, "the frame");
    }

    [Benchmark]
    public object Message() => OutboundMessage.Invocation(Sample.Target, _jsonArguments).FrameFor(_protocol)!;

    /// <summary>Frames hub messages that arrive encoded: an upstream's completion, a server's own MessagePack.</summary>
    [Benchmark]
    public object Encoded() => Frame.Copy(_protocol.IsBinary, _encoded);
}
