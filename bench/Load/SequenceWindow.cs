namespace Serverless.Load;

/// <summary>What went wrong with the order of messages, summed over all connections.</summary>
internal record struct DeliveryFaults
{
    internal long Missing;
    internal long Duplicated;
    internal long OutOfOrder;
}

/// <summary>
/// Watches the numbers of one publisher's messages on one connection. It remembers the last 64, so that a message that comes late
/// is told from one that comes twice.
/// </summary>
internal struct SequenceWindow
{
    private const int Remembered = 64;

    private ulong _seen;

    /// <summary>The number that would be in order.</summary>
    internal uint Next { get; private set; }

    /// <summary>Takes note of a message; false when it has been here before.</summary>
    internal bool Receive(uint sequence, ref DeliveryFaults faults)
    {
        if (sequence >= Next)
        {
            var skipped = sequence - Next;
            faults.Missing += skipped;
            _seen = skipped + 1 >= Remembered ? 1 : (_seen << (int)(skipped + 1)) | 1;
            Next = sequence + 1;
            return true;
        }

        var back = Next - 1 - sequence;
        if (back >= Remembered || (_seen & (1UL << (int)back)) != 0)
        {
            faults.Duplicated++;
            return false;
        }

        _seen |= 1UL << (int)back;
        faults.Missing--;
        faults.OutOfOrder++;
        return true;
    }
}
