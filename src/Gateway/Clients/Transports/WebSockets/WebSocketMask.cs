using System.Numerics;
using System.Runtime.InteropServices;

namespace Serverless.Gateway.Clients.Transports.WebSockets;

/// <summary>Removes the mask of a client's WebSocket frames (RFC 6455 §5.3).</summary>
internal static class WebSocketMask
{
    /// <summary>Removes the mask from a part of a frame's payload.</summary>
    /// <param name="source">The masked bytes.</param>
    /// <param name="destination">Receives the plain bytes; may be the source.</param>
    /// <param name="mask">The frame's mask, as its 4 bytes lie in memory.</param>
    /// <param name="phase">The part's position in the payload, modulo 4.</param>
    public static void Remove(ReadOnlySpan<byte> source, Span<byte> destination, uint mask, int phase)
    {
        // The mask as it applies from here: rotated to the frame's position. The bytes lie in memory order.
        var rotated = BitConverter.IsLittleEndian
            ? BitOperations.RotateRight(mask, phase * 8)
            : BitOperations.RotateLeft(mask, phase * 8);
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
}
