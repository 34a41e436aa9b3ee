using System.Runtime.InteropServices;

namespace Serverless.Load;

/// <summary>A pool of small blocks of native memory for bytes kept for the next read; most connections use none.</summary>
internal sealed unsafe class SlotPool : IDisposable
{
    internal const int SlotBytes = 16 * 1024;

    private readonly Stack<nint> _free = new();
    private readonly List<nint> _all = [];

    internal byte* Rent()
    {
        if (_free.TryPop(out var slot))
        {
            return (byte*)slot;
        }

        slot = (nint)NativeMemory.Alloc(SlotBytes);
        _all.Add(slot);
        return (byte*)slot;
    }

    internal void Return(byte* slot) => _free.Push((nint)slot);

    public void Dispose()
    {
        foreach (var slot in _all)
        {
            NativeMemory.Free((void*)slot);
        }

        _all.Clear();
        _free.Clear();
    }
}
