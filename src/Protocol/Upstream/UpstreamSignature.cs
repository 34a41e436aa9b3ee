using System.Security.Cryptography;
using System.Text;

namespace Serverless.Protocol;

/// <summary>Creates and verifies the value of <c>X-ASRS-Signature</c>, with which the gateway signs upstream requests.</summary>
public static class UpstreamSignature
{
    private const string Scheme = "sha256=";

    /// <summary>Returns the header's value: one signature per key, primary first.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="keys">The access keys, primary first.</param>
    /// <returns>The value of <see cref="UpstreamHeaders.Signature"/>.</returns>
    /// <remarks>
    /// <c>sha256=&lt;hex&gt;,sha256=&lt;hex&gt;</c>, each HMAC-SHA256 over the UTF-8 connection id with the UTF-8 key text. The comma has no
    /// space after it, because the official consumer does not trim and would not match the second signature.
    /// </remarks>
    public static string Compute(string connectionId, IReadOnlyList<string> keys)
    {
        var header = new StringBuilder(keys.Count * (Scheme.Length + (2 * SHA256.HashSizeInBytes) + 1));
        var id = Encoding.UTF8.GetBytes(connectionId);
        foreach (var key in keys)
        {
            header.Append(header.Length == 0 ? "" : ",").Append(Scheme)
                .Append(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), id)));
        }

        return header.ToString();
    }

    /// <summary>
    /// Determines whether a signature in the header matches one of the keys. Parts are not trimmed, letter case is ignored, and hashes are
    /// compared in fixed time.
    /// </summary>
    /// <param name="header">The value of <see cref="UpstreamHeaders.Signature"/>, or null.</param>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="keys">The access keys.</param>
    /// <returns>True when a signature matches; false also without a header or without keys.</returns>
    public static bool Verify(string? header, string connectionId, IReadOnlyList<string> keys)
    {
        if (string.IsNullOrEmpty(header))
        {
            return false;
        }

        var id = Encoding.UTF8.GetBytes(connectionId);
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        var matches = false;
        foreach (var key in keys)
        {
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), id, expected);
            foreach (var part in header.AsSpan().Split(','))
            {
                matches |= TryRead(header.AsSpan()[part], given) && CryptographicOperations.FixedTimeEquals(expected, given);
            }
        }

        return matches;
    }

    // sha256=<64 hex digits>
    internal static bool TryRead(ReadOnlySpan<char> part, Span<byte> hash) =>
        part.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && part.Length == Scheme.Length + (2 * hash.Length)
        && Convert.FromHexString(part[Scheme.Length..], hash, out _, out _) == System.Buffers.OperationStatus.Done;
}
