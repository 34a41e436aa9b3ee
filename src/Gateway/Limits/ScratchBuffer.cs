using System.Buffers;

namespace Serverless.Gateway.Limits;

/// <summary>
/// Represents a buffer that the current thread encodes into and reuses. Dispose it on the same thread, and do not use what was written
/// afterwards.
/// </summary>
/// <remarks>
/// A thread keeps two: a frame is encoded while the arguments transcoded for it are still in use. Deeper nesting works, and allocates.
/// </remarks>
internal readonly ref struct ScratchBuffer
{
    /// <summary>A larger buffer is left to the garbage collector.</summary>
    public const int MaxKeptBytes = 256 * 1024;

    private const int FirstBytes = 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _kept;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _keptNested;

    private ScratchBuffer(ArrayBufferWriter<byte> writer) => Writer = writer;

    /// <summary>The buffer; empty when rented.</summary>
    public ArrayBufferWriter<byte> Writer { get; }

    /// <summary>Takes a buffer of the current thread.</summary>
    public static ScratchBuffer Rent()
    {
        ref var slot = ref _kept is null ? ref _keptNested : ref _kept;
        var writer = slot ?? new ArrayBufferWriter<byte>(FirstBytes);
        slot = null;
        return new ScratchBuffer(writer);
    }

    /// <summary>Gives the buffer back to the thread.</summary>
    public void Dispose()
    {
        if (Writer.Capacity > MaxKeptBytes)
        {
            return;
        }

        Writer.ResetWrittenCount();
        ref var slot = ref _kept is null ? ref _kept : ref _keptNested;
        slot = Writer;
    }
}
