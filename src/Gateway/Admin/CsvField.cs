using System.Buffers;
using System.Text;

namespace Serverless.Gateway.Admin;

/// <summary>Writes one field of a CSV (RFC 4180 §2); the only place that knows this format.</summary>
internal static class CsvField
{
    // The characters of most hub names, of node ids and dates; a field of any other is quoted, which changes nothing in it.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_`.[]$-: /");

    // field = *TEXTDATA / DQUOTE *(TEXTDATA / COMMA / CR / LF / 2DQUOTE) DQUOTE
    public static StringBuilder AppendField(this StringBuilder csv, string text) =>
        text.AsSpan().ContainsAnyExcept(Plain)
            ? csv.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"')
            : csv.Append(text);
}
