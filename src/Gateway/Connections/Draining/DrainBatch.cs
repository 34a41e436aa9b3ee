namespace Serverless.Gateway.Connections.Draining;

/// <summary>Collects small frames for one write in a buffer of the current thread.</summary>
internal sealed class DrainBatch
{
    /// <summary>The maximum of bytes in one write. A frame of this size or more is written alone, without a copy.</summary>
    public const int MaxBytes = 16 * 1024;

    [ThreadStatic]
    private static DrainBatch? _forThisThread;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(MaxBytes);
    private int _used;

    public static DrainBatch ForThisThread => _forThisThread ??= new DrainBatch();

    public bool IsEmpty => _used == 0;

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _used);

    public bool HasRoomFor(int bytes) => bytes <= MaxBytes - _used;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    public void Clear() => _used = 0;
}
