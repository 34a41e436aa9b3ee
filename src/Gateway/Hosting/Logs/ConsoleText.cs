using System.Buffers;
using System.Globalization;
using System.Text;
using Serverless.Gateway.Observability.Secrets;

namespace Serverless.Gateway.Hosting.Logs;

/// <summary>Makes text safe for the lines of the console: removes secrets, and characters that end a line or control a terminal.</summary>
internal static class ConsoleText
{
    // Controls (C0, DEL, C1), line and paragraph separators, and formats such as the bidirectional overrides, which reorder the text
    // around them. Joiners are part of words and emoji, and stay.
    private static readonly SearchValues<char> Unprintable =
        SearchValues.Create([.. Enumerable.Range(0, 0x10000).Select(static code => (char)code).Where(IsUnprintable)]);

    private static readonly SearchValues<char> UnprintableInLines =
        SearchValues.Create([.. Enumerable.Range(0, 0x10000).Select(static code => (char)code).Where(static c => c != '\n' && IsUnprintable(c))]);

    // Only text with one of these can contain a secret that the mask finds by its form or name.
    private static readonly SearchValues<string> Signs =
        SearchValues.Create(["eyJ", "?", "token", "bearer", "key", "secret", "password", "authorization"], StringComparison.OrdinalIgnoreCase);

    // Masks by form and name alone: no message contains a configured secret, and reading those could itself log.
    private static readonly SecretMask Mask = new([]);

    /// <summary>Returns the text of one line, with each unprintable character as <c>\u001b</c>.</summary>
    public static string Line(string text) => Escape(Masked(text), Unprintable);

    /// <summary>Returns the text of several lines, such as a stack trace; the console's format indents or joins them.</summary>
    public static string Lines(string text) => Escape(Masked(text), UnprintableInLines);

    /// <summary>Returns the text without secrets, for a format that escapes characters itself.</summary>
    public static string Masked(string text) => text.AsSpan().ContainsAny(Signs) ? Mask.Apply(text) : text;

    private static bool IsUnprintable(char c) => char.GetUnicodeCategory(c) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => c is not ('\u200c' or '\u200d'),
        _ => false,
    };

    private static string Escape(string text, SearchValues<char> unprintable)
    {
        var next = text.AsSpan().IndexOfAny(unprintable);
        if (next < 0)
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16);
        var rest = text.AsSpan();
        while (next >= 0)
        {
            escaped.Append(rest[..next]).Append(CultureInfo.InvariantCulture, $"\\u{(int)rest[next]:x4}");
            rest = rest[(next + 1)..];
            next = rest.IndexOfAny(unprintable);
        }

        return escaped.Append(rest).ToString();
    }
}
