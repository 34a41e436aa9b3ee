using System.Buffers;
using System.Globalization;
using System.Text;

namespace Serverless.Gateway.Upstream;

/// <summary>
/// Makes text safe as a header's value: control characters, CR, LF and NUL among them, and outer spaces become percent-encoded.
/// </summary>
internal static class HeaderText
{
    private static readonly SearchValues<char> Controls =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (char)code), (char)0x7F]);

    public static string Safe(string text)
    {
        // HTTP would trim outer spaces.
        var trimmed = text.AsSpan().Trim(' ').Length;
        if (!text.AsSpan().ContainsAny(Controls) && trimmed == text.Length)
        {
            return text;
        }

        var start = text.Length - text.AsSpan().TrimStart(' ').Length;
        var safe = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (Controls.Contains(c) || (c == ' ' && (i < start || i >= start + trimmed)))
            {
                safe.Append(CultureInfo.InvariantCulture, $"%{(int)c:X2}");
            }
            else
            {
                safe.Append(c);
            }
        }

        return safe.ToString();
    }
}
