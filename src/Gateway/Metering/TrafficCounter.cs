using System.Numerics;
using System.Runtime.InteropServices;

namespace Serverless.Gateway.Metering;

/// <summary>
/// Adds up traffic from all threads, exactly. It has a stripe per processor, each on a cache line of its own, so that threads that count
/// at the same moment do not wait for each other's line.
/// </summary>
internal sealed class TrafficCounter
{
    private const int LineBytes = 128; // two lines of 64: processors fetch them in pairs

    private readonly Stripe[] _stripes = new Stripe[BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount)];

    /// <summary>Gets the traffic added so far. Traffic added during the call may be included or not.</summary>
    public Traffic Total
    {
        get
        {
            var total = default(Traffic);
            foreach (ref var stripe in _stripes.AsSpan())
            {
                total += new Traffic(Volatile.Read(ref stripe.Messages), Volatile.Read(ref stripe.Units), Volatile.Read(ref stripe.Bytes));
            }

            return total;
        }
    }

    /// <summary>Adds the traffic of one write or one read.</summary>
    public void Add(in Traffic traffic)
    {
        // The thread may move to another processor in between, so the stripe may be shared after all.
        ref var stripe = ref _stripes[Thread.GetCurrentProcessorId() & (_stripes.Length - 1)];
        Interlocked.Add(ref stripe.Bytes, traffic.Bytes);
        if (traffic.Messages > 0)
        {
            Interlocked.Add(ref stripe.Messages, traffic.Messages);
            Interlocked.Add(ref stripe.Units, traffic.Units);
        }
    }

    [StructLayout(LayoutKind.Sequential, Size = LineBytes)]
    private struct Stripe
    {
        public long Messages;
        public long Units;
        public long Bytes;
    }
}
