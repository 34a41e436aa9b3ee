using System.Security.Cryptography;
using System.Text;

namespace Serverless.Protocol;

/// <summary>The value of <c>X-ASRS-Signature</c>: the gateway writes it, whoever receives an upstream request verifies it.</summary>
public static class UpstreamSignature
{
    private const string Scheme = "sha256=";

    /// <summary>One signature per key, primary first.</summary>
    /// <remarks>
    /// <c>sha256=&lt;hex&gt;,sha256=&lt;hex&gt;</c>, each HMAC-SHA256 over the UTF-8 connection id under the UTF-8 key text. There is no
    /// space after the comma: the official consumer does not trim, and could not match a second signature behind one.
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
    /// Whether any signature in the header is that of any of the keys. Parts are not trimmed, letter case does not count, and
    /// hashes are compared in fixed time. Without a header or without keys the answer is no.
    /// </summary>
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
