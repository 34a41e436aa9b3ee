using System.Buffers;

namespace Serverless.Gateway.Clients.Sessions;

/// <summary>Holds received bytes that do not form a whole hub message yet. Rents memory only while it holds bytes.</summary>
internal struct InboundBuffer
{
    private const int FirstSize = 1024;

    private byte[]? _rented;
    private int _length;

    /// <summary>The number of bytes at the start that have been searched for a message's end.</summary>
    public int Examined { get; set; }

    public readonly int Length => _length;

    /// <summary>The size of the rented memory in bytes.</summary>
    public readonly int Capacity => _rented?.Length ?? 0;

    public readonly ReadOnlySpan<byte> Bytes => _rented.AsSpan(0, _length);

    /// <summary>Extends the buffer and returns the new bytes, which the caller must fill.</summary>
    public Span<byte> Extend(int count)
    {
        var start = _length;
        var needed = start + count;
        if (_rented is null || needed > _rented.Length)
        {
            Grow(needed);
        }

        _length = needed;
        return _rented.AsSpan(start, count);
    }

    /// <summary>Appends a copy of the bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Extend(bytes.Length));

    /// <summary>Removes bytes from the front.</summary>
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
