using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Serverless.Gateway.Clients.Transports.WebSockets;

namespace Serverless.Micro;

/// <summary>Removes a client's mask, compared with removing it byte by byte.</summary>
public class UnmaskBenchmarks
{
    private const uint Mask = 0x1F2E3D4C;
    private const int Phase = 3;

    private readonly byte[] _mask = new byte[sizeof(uint)];
    private byte[] _source = [];
    private byte[] _destination = [];

    [Params(Sample.Small, Sample.Large)]
    public int Size { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_mask, Mask);
        _source = Sample.JsonArguments(Size);
        _destination = new byte[Size];
        ByteByByte();
        var expected = _destination;
        _destination = new byte[Size];
        Unmask();
        Ensure.Equal(expected, _destination, "the unmasked text");
    }

    [Benchmark(Baseline = true)]
    public void ByteByByte()
    {
        for (var i = 0; i < _source.Length; i++)
        {
            _destination[i] = (byte)(_source[i] ^ _mask[(i + Phase) & 3]);
        }
    }

    [Benchmark]
    public void Unmask() => WebSocketMask.Remove(_source, _destination, Mask, Phase);
}
