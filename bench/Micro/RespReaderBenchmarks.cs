using System.Buffers;
using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Serverless.Gateway.Backplane.Redis.Resp;

namespace Serverless.Micro;

/// <summary>Parses a large reply of Redis in pieces of several sizes. The time should depend on the size of the reply, not on the pieces.</summary>
public class RespReaderBenchmarks
{
    public const int Largest = 20 * Megabyte;

    private const int Megabyte = 1_000_000;
    private const int EntryBytes = 1500;
    private const int SocketBytes = 4096;
    private const int LargeBytes = 65_536;

    private byte[] _list = [];
    private byte[] _text = [];

    [Params(Megabyte, 5 * Megabyte, Largest)]
    public int Size { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var entry = new string('c', EntryBytes);
        var count = Size / (EntryBytes + 50);
        var reply = new ArrayBufferWriter<byte>(Size);
        reply.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"*{2 * count}\r\n")));
        for (var i = 0; i < count; i++)
        {
            reply.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"$22\r\nconnection-{i:00000000000}\r\n${EntryBytes}\r\n{entry}\r\n")));
        }

        _list = reply.WrittenSpan.ToArray();
        _text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"${Size}\r\n{new string('x', Size)}\r\n"));
        foreach (var piece in new[] { 1, SocketBytes, LargeBytes, int.MaxValue })
        {
            var list = Read(_list, piece);
            Ensure.That(list.Items.Count == 2 * count && list.Items[^2].Text == $"connection-{count - 1:00000000000}", "the list is not read as it should be");
            Ensure.That(list.Items.Sum(item => item.Bytes.Length) == count * (EntryBytes + 22), "an item of the list has a wrong length");
            Ensure.That(Read(_text, piece).Bytes.AsSpan().Count((byte)'x') == Size, "the text is not read as it should be");
        }
    }

    /// <summary>A ledger's entries in one piece: the cost of the parsing itself.</summary>
    [Benchmark]
    public object ListWhole() => Read(_list, int.MaxValue);

    /// <summary>The same entries in the pieces of a socket's reads.</summary>
    [Benchmark]
    public object ListInLargePieces() => Read(_list, LargeBytes);

    [Benchmark]
    public object ListInPieces() => Read(_list, SocketBytes);

    /// <summary>Hostile: the same entries byte by byte.</summary>
    [Benchmark]
    public object ListByteByByte() => Read(_list, 1);

    /// <summary>A single large value.</summary>
    [Benchmark]
    public object TextInPieces() => Read(_text, SocketBytes);

    [Benchmark]
    public object TextByteByByte() => Read(_text, 1);

    private static RespValue Read(byte[] reply, int pieceBytes)
    {
        var reader = new RespReader(RespLimits.Default);
        for (var at = 0; at < reply.Length;)
        {
            var length = Math.Min(pieceBytes, reply.Length - at);
            var piece = new ReadOnlySequence<byte>(reply, at, length);
            if (reader.TryRead(ref piece, out var value))
            {
                return value;
            }

            at += length;
        }

        throw new InvalidOperationException("The reply has no end.");
    }
}
