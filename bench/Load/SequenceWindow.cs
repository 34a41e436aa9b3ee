namespace Serverless.Load;

/// <summary>The faults in the order of messages, summed over all connections.</summary>
internal record struct DeliveryFaults
{
    internal long Missing;
    internal long Duplicated;
    internal long OutOfOrder;
}

/// <summary>
/// Checks the sequence numbers of one publisher's messages on one connection. It remembers the last 64, so that a late message and a
/// duplicate are distinguished.
/// </summary>
internal struct SequenceWindow
{
    private const int Remembered = 64;

    private ulong _seen;

    /// <summary>The next expected number.</summary>
    internal uint Next { get; private set; }

    /// <summary>Records a message; returns false for a duplicate.</summary>
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
