using System.Buffers;
using System.Globalization;
using System.Text;

namespace Serverless.Gateway.Upstream;

/// <summary>Makes text safe as a header's value: control characters, CR, LF and NUL among them, become percent-encoded.</summary>
internal static class HeaderText
{
    private static readonly SearchValues<char> Controls =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (char)code), (char)0x7F]);

    public static string Safe(string text)
    {
        if (!text.AsSpan().ContainsAny(Controls))
        {
            return text;
        }

        var safe = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (Controls.Contains(c))
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
