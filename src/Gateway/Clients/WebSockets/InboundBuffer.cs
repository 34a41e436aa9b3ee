using System.Buffers;
using System.Runtime.InteropServices;

namespace Serverless.Gateway.Clients.WebSockets;

/// <summary>Received bytes that are no whole hub message yet, unmasked. Rents memory only while it holds something.</summary>
internal struct InboundBuffer
{
    private const int FirstSize = 1024;

    private byte[]? _rented;
    private int _length;

    /// <summary>Bytes at the start that have been searched for a message's end.</summary>
    public int Examined { get; set; }

    public readonly int Length => _length;

    /// <summary>Bytes of memory that it holds.</summary>
    public readonly int Capacity => _rented?.Length ?? 0;

    public readonly ReadOnlySpan<byte> Bytes => _rented.AsSpan(0, _length);

    /// <summary>Appends bytes, removing the client's mask (RFC 6455 §5.3).</summary>
    /// <param name="masked">Bytes as they came.</param>
    /// <param name="mask">The frame's mask, as its 4 bytes lie in memory.</param>
    /// <param name="offset">How many bytes of the frame came before.</param>
    public void Append(ReadOnlySpan<byte> masked, uint mask, long offset)
    {
        var needed = _length + masked.Length;
        if (_rented is null || needed > _rented.Length)
        {
            Grow(needed);
        }

        Unmask(masked, _rented.AsSpan(_length), mask, (int)(offset & 3));
        _length = needed;
    }

    /// <summary>Appends bytes as they are.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var needed = _length + bytes.Length;
        if (_rented is null || needed > _rented.Length)
        {
            Grow(needed);
        }

        bytes.CopyTo(_rented.AsSpan(_length));
        _length = needed;
    }

    /// <summary>Drops bytes from the front.</summary>
    public void Consume(int count)
    {
        _length -= count;
        Examined = 0;
        if (_length == 0)
        {
            Release();
        }
        else
        {
            _rented.AsSpan(count, _length).CopyTo(_rented);
        }
    }

    public void Release()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = null;
        }

        _length = 0;
        Examined = 0;
    }

    internal static void Unmask(ReadOnlySpan<byte> source, Span<byte> destination, uint mask, int phase)
    {
        // The mask as it applies from here: rotated to the frame's position. The bytes lie in memory order.
        var rotated = BitConverter.IsLittleEndian
            ? System.Numerics.BitOperations.RotateRight(mask, phase * 8)
            : System.Numerics.BitOperations.RotateLeft(mask, phase * 8);
        var wide = rotated | ((ulong)rotated << 32);
        var done = 0;
        var from = MemoryMarshal.Cast<byte, ulong>(source);
        var to = MemoryMarshal.Cast<byte, ulong>(destination);
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = from[i] ^ wide;
            done += sizeof(ulong);
        }

        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        MemoryMarshal.Write(bytes, in rotated);
        for (; done < source.Length; done++)
        {
            destination[done] = (byte)(source[done] ^ bytes[done & 3]);
        }
    }

    private void Grow(int needed)
    {
        var bigger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(FirstSize, _length * 2)));
        if (_rented is not null)
        {
            Bytes.CopyTo(bigger);
            ArrayPool<byte>.Shared.Return(_rented);
        }

        _rented = bigger;
    }
}
