using System.Numerics;

namespace Serverless.Load;

/// <summary>Counts durations in microseconds, in buckets that are at most 3 % wide.</summary>
internal sealed class Histogram
{
    private const int PrecisionBits = 5;
    private const int Precision = 1 << PrecisionBits;

    private readonly long[] _counts = new long[(64 - PrecisionBits) * Precision];
    private long _total;

    internal void Add(long microseconds)
    {
        _counts[IndexOf(Math.Max(microseconds, 0))]++;
        _total++;
    }

    internal void Clear()
    {
        Array.Clear(_counts);
        _total = 0;
    }

    /// <summary>Returns the duration in microseconds that <paramref name="share"/> of all do not exceed, or 0 without any.</summary>
    internal double Quantile(double share)
    {
        var wanted = (long)Math.Ceiling(share * _total);
        var counted = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            counted += _counts[i];
            if (counted >= wanted && counted > 0)
            {
                return MiddleOf(i);
            }
        }

        return 0;
    }

    private static int IndexOf(long value)
    {
        if (value < Precision)
        {
            return (int)value;
        }

        var shift = BitOperations.Log2((ulong)value) - PrecisionBits;
        return ((shift + 1) << PrecisionBits) + (int)((value >> shift) - Precision);
    }

    private static double MiddleOf(int index)
    {
        if (index < Precision)
        {
            return index;
        }

        var shift = (index >> PrecisionBits) - 1;
        var low = (double)((index & (Precision - 1)) + Precision) * (1L << shift);
        return low + ((1L << shift) / 2.0);
    }
}
