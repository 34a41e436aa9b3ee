using System.Buffers;
using System.Globalization;
using System.Text;

namespace Serverless.Protocol;

/// <summary>
/// Encodes and decodes the values of upstream headers. A value of printable ASCII without leading or trailing spaces is sent unchanged,
/// with any <c>%</c> in it. Any other value is percent-encoded as a whole, its <c>%</c> included, and
/// <see cref="GatewayHeaders.EncodedHeaders"/> names its header, so that two different values never become the same request.
/// </summary>
/// <remarks>
/// Hosts of Azure Functions answer 500 to header values beyond ASCII. Printable characters other than <c>%</c> are kept, so that a list of
/// claims can still be split.
/// <code>
/// a%0A      ->  X-ASRS-User-Id: a%0A
/// a + LF    ->  X-ASRS-User-Id: a%0A        X-Gateway-Encoded-Headers: X-ASRS-User-Id
/// ü 5%      ->  X-ASRS-User-Id: %C3%BC 5%25 X-Gateway-Encoded-Headers: X-ASRS-User-Id
/// </code>
/// </remarks>
public static class UpstreamHeaderText
{
    private const int ShortBytes = 256;

    private static readonly SearchValues<char> PrintableAscii = SearchValues.Create([.. Codes(0x20, 0x7E).Select(static code => (char)code)]);

    private static readonly SearchValues<byte> Kept =
        SearchValues.Create([.. Codes(0x20, 0x7E).Where(static code => code != '%').Select(static code => (byte)code)]);

    private static readonly SearchValues<char> Controls =
        SearchValues.Create([.. Codes(0x00, 0x1F).Select(static code => (char)code), (char)0x7F]);

    /// <summary>Determines whether a value is sent unchanged.</summary>
    /// <param name="text">The value.</param>
    /// <param name="allowUtf8">True when characters beyond ASCII may be sent as UTF-8.</param>
    /// <returns>True when the value needs no encoding.</returns>
    public static bool IsPlain(string text, bool allowUtf8 = false)
    {
        // HTTP trims leading and trailing spaces.
        var isTrimmed = text.Length == 0 || (text[0] != ' ' && text[^1] != ' ');
        return isTrimmed && (allowUtf8 ? !text.AsSpan().ContainsAny(Controls) : !text.AsSpan().ContainsAnyExcept(PrintableAscii));
    }

    /// <summary>Percent-encodes a value that is not plain.</summary>
    /// <param name="text">The value.</param>
    /// <returns>The encoded value.</returns>
    public static string Encode(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var rented = length > ShortBytes ? ArrayPool<byte>.Shared.Rent(length) : null;
        var bytes = rented ?? stackalloc byte[ShortBytes];
        bytes = bytes[..Encoding.UTF8.GetBytes(text, bytes)];
        var first = bytes.IndexOfAnyExcept((byte)' ');
        var last = bytes.LastIndexOfAnyExcept((byte)' ');
        var encoded = new StringBuilder(bytes.Length + 32);
        for (var i = 0; i < bytes.Length; i++)
        {
            if (Kept.Contains(bytes[i]) && i >= first && i <= last)
            {
                encoded.Append((char)bytes[i]);
            }
            else
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{bytes[i]:X2}");
            }
        }

        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return encoded.ToString();
    }

    /// <summary>
    /// Decodes the value of a header that <see cref="GatewayHeaders.EncodedHeaders"/> names. A <c>%</c> without two hex digits is kept.
    /// </summary>
    /// <param name="text">The encoded value.</param>
    /// <returns>The value.</returns>
    public static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        var written = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '%' && i + 2 < bytes.Length
                && Convert.FromHexString(bytes.AsSpan(i + 1, 2), bytes.AsSpan(written, 1), out _, out _) == OperationStatus.Done)
            {
                written++;
                i += 2;
            }
            else
            {
                bytes[written++] = bytes[i];
            }
        }

        return Encoding.UTF8.GetString(bytes, 0, written);
    }

    /// <summary>Determines whether <see cref="GatewayHeaders.EncodedHeaders"/> names a header.</summary>
    /// <param name="encodedHeaders">The value of <see cref="GatewayHeaders.EncodedHeaders"/>, or null.</param>
    /// <param name="header">The header's name.</param>
    /// <returns>True when the header's value is encoded.</returns>
    public static bool Names(string? encodedHeaders, string header)
    {
        foreach (var part in encodedHeaders.AsSpan().Split(','))
        {
            if (encodedHeaders.AsSpan()[part].Trim(' ').Equals(header, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<int> Codes(int first, int last) => Enumerable.Range(first, last - first + 1);
}
