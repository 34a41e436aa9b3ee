using BenchmarkDotNet.Attributes;
using Serverless.Protocol;

namespace Serverless.Micro;

/// <summary>Splits the bytes of a client into messages and reads them.</summary>
public class HubMessageBenchmarks
{
    private const int Coalesced = 16;
    private const int PieceBytes = 64;
    private const int MaxMessageBytes = 1_048_575;

    private HubProtocol _protocol = HubProtocol.Json;
    private byte[] _one = [];
    private byte[] _many = [];

    [Params(Sample.Small, Sample.Large)]
    public int Size { get; set; }

    [Params(Sample.Json, Sample.MessagePack)]
    public string Protocol { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        _protocol = HubProtocol.Find(Protocol)!;
        _one = Sample.Invocation(_protocol, Size);
        _many = [.. Enumerable.Repeat(_one, Coalesced).SelectMany(static message => message)];

        Sample.EnsureInvocation(_protocol, _one, Size, Sample.InvocationId);
        var arguments = Sample.Arguments(_protocol, Size).Length;
        Ensure.That(One() == arguments, "one message is not read whole");
        Ensure.That(InPieces() == arguments, "a message in pieces is not read whole");
        Ensure.That(ManyAtOnce() == Coalesced * arguments, "not all of the messages are read");
    }

    [Benchmark]
    public int One() => Take(_one, out _);

    [Benchmark(OperationsPerInvoke = Coalesced)]
    public int ManyAtOnce()
    {
        var arguments = 0;
        for (ReadOnlySpan<byte> rest = _many; !rest.IsEmpty;)
        {
            arguments += Take(rest, out var consumed);
            rest = rest[consumed..];
        }

        return arguments;
    }

    /// <summary>Hostile: a message that arrives in small pieces and is examined after each of them.</summary>
    [Benchmark]
    public int InPieces()
    {
        ReadOnlySpan<byte> all = _one;
        var received = 0;
        while (true)
        {
            var examined = received;
            received = Math.Min(received + PieceBytes, all.Length);
            if (_protocol.TryCut(all[..received], examined, MaxMessageBytes, out var message, out _))
            {
                return _protocol.Read(message).Arguments.Length;
            }

            Ensure.That(received < all.Length, "the last piece does not complete the message");
        }
    }

    private int Take(ReadOnlySpan<byte> buffer, out int consumed)
    {
        Ensure.That(_protocol.TryCut(buffer, 0, MaxMessageBytes, out var message, out consumed), "no message is found");
        return _protocol.Read(message).Arguments.Length;
    }
}
