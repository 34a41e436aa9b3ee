using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Serverless.Protocol;

namespace Serverless.Micro;

/// <summary>Transcodes arguments from one protocol's encoding to the other's.</summary>
public class TranscodingBenchmarks
{
    private const int Depth = 60;

    private readonly ArrayBufferWriter<byte> _output = new(2 * Sample.Large);
    private byte[] _json = [];
    private byte[] _messagePack = [];
    private byte[] _nested = [];

    [Params(Sample.Small, Sample.Large)]
    public int Size { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _json = Sample.JsonArguments(Size);
        _messagePack = Sample.Written(_json, static (output, json) => Transcoder.JsonToMessagePack(json, output));
        _nested = Encoding.UTF8.GetBytes(
            new string('[', Depth) + string.Join(',', Enumerable.Repeat('7', (Size - (2 * Depth)) / 2)) + new string(']', Depth));

        MessagePackToJson();
        Ensure.Equal(_json, _output.WrittenSpan, "the JSON text");
        Nested();
        var nestedBack = Sample.Written(
            _output.WrittenSpan.ToArray(), static (output, nested) => Transcoder.MessagePackToJson(nested, output));
        Ensure.Equal(_nested, nestedBack, "the nested JSON text");
    }

    [Benchmark]
    public int JsonToMessagePack() => ToMessagePack(_json);

    [Benchmark]
    public int MessagePackToJson()
    {
        _output.ResetWrittenCount();
        Transcoder.MessagePackToJson(_messagePack, _output);
        return _output.WrittenCount;
    }

    /// <summary>Hostile: MessagePack writes an array's length first, and here every level contains all deeper ones.</summary>
    [Benchmark]
    public int Nested() => ToMessagePack(_nested);

    private int ToMessagePack(byte[] json)
    {
        _output.ResetWrittenCount();
        Transcoder.JsonToMessagePack(json, _output);
        return _output.WrittenCount;
    }
}
