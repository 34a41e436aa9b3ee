using System.Buffers;
using System.Text;

namespace Serverless.Gateway.Admin;

/// <summary>Writes fields of a CSV (RFC 4180 §2). No other type knows this format.</summary>
internal static class CsvField
{
    // The characters of most hub names, node ids and dates. A field with any other character is quoted, which does not change its value.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_`.[]$-: /");

    // field = *TEXTDATA / DQUOTE *(TEXTDATA / COMMA / CR / LF / 2DQUOTE) DQUOTE
    public static StringBuilder AppendField(this StringBuilder csv, string text) =>
        text.AsSpan().ContainsAnyExcept(Plain)
            ? csv.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"')
            : csv.Append(text);
}
