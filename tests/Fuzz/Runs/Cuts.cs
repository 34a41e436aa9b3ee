using System.Buffers;

namespace Serverless.Fuzz.Runs;

/// <summary>Splits an input into pieces, as a network may.</summary>
internal static class Cuts
{
    /// <summary>Returns pieces of random sizes, most of them small.</summary>
    /// <param name="bytes">The input.</param>
    /// <param name="random">The random numbers for the sizes.</param>
    /// <param name="first">The minimum size of the first piece, in bytes.</param>
    public static List<ReadOnlyMemory<byte>> Pieces(byte[] bytes, Random random, int first = 1)
    {
        var largest = random.Next(4) switch { 0 => 1, 1 => 7, 2 => 64, _ => Math.Max(1, bytes.Length) };
        var pieces = new List<ReadOnlyMemory<byte>>();
        for (var start = 0; start < bytes.Length;)
        {
            var length = Math.Min(bytes.Length - start, Math.Max(start == 0 ? first : 1, random.Next(1, largest + 1)));
            pieces.Add(bytes.AsMemory(start, length));
            start += length;
        }

        return pieces;
    }

    /// <summary>Joins pieces without copying them.</summary>
    public static ReadOnlySequence<byte> Join(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        Segment? first = null, last = null;
        foreach (var piece in pieces)
        {
            last = new Segment(piece, last);
            first ??= last;
        }

        return last is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(first!, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            RunningIndex = previous is null ? 0 : previous.RunningIndex + previous.Memory.Length;
            previous?.Next = this;
        }
    }
}

/// <summary>A body that arrives in pieces.</summary>
internal sealed class PiecesStream(IEnumerable<ReadOnlyMemory<byte>> pieces) : MemoryStream
{
    private readonly Queue<ReadOnlyMemory<byte>> _pieces = new(pieces);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_pieces.TryDequeue(out var piece))
        {
            return ValueTask.FromResult(0);
        }

        var length = Math.Min(piece.Length, buffer.Length);
        piece[..length].CopyTo(buffer);
        if (length < piece.Length)
        {
            List<ReadOnlyMemory<byte>> rest = [piece[length..], .. _pieces];
            _pieces.Clear();
            rest.ForEach(_pieces.Enqueue);
        }

        return ValueTask.FromResult(length);
    }
}
