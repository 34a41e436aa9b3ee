using System.Buffers;
using System.Globalization;

namespace Serverless.Gateway.Observability.Secrets;

/// <summary>
/// A text without the escapes of JSON, of JSON within JSON's strings to any depth, and of URLs. It maps each of its characters to the
/// escape in the original text, so that a match can be located there.
/// </summary>
internal sealed class FlatText
{
    private const int NoHex = -1;
    private const int CutOff = -2;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private readonly string _text;
    private readonly char[] _characters;

    // The position in the text at which each character begins, and at which the last one ends.
    private readonly int[] _starts;
    private readonly int _count;

    public FlatText(string text)
    {
        _text = text;
        _characters = new char[text.Length];
        _starts = new int[text.Length + 1];
        var at = 0;
        while (at < text.Length && Next(text.AsSpan(at)) is var (character, length) && length > 0)
        {
            _characters[_count++] = character;
            at += length;
            _starts[_count] = at;
        }
    }

    /// <summary>Gets the characters. An escape that the text's end cuts off is left out.</summary>
    public ReadOnlySpan<char> Characters => _characters.AsSpan(0, _count);

    /// <summary>Returns the position in the text at which a character begins; for the index after the last one, the position at which that ends.</summary>
    public int StartOf(int index) => _starts[index];

    /// <summary>Returns true for a character written as, for example, <c>%22</c>: part of a value, and not a quotation mark around it.</summary>
    public bool IsPercentEncoded(int index) => _text[_starts[index]] == '%' && _characters[index] != '%';

    /// <summary>Returns the depth of a quotation mark within strings of JSON: 0 for <c>"</c>, 1 for <c>\"</c> and <c>\u0022</c>, 2 for <c>\\\"</c> and so on.</summary>
    public int DepthOf(int index)
    {
        var (slashes, isCoded) = EscapeOf(index);
        var depth = 0;
        while (isCoded || slashes % 2 == 1)
        {
            (slashes, isCoded) = Unescape(slashes, isCoded);
            depth++;
        }

        return depth;
    }

    /// <summary>Returns true when this quotation mark ends a string that began with one at the given depth, or the string around it.</summary>
    public bool Closes(int index, int depth)
    {
        var (slashes, isCoded) = EscapeOf(index);
        for (; depth > 0; depth--)
        {
            if (!isCoded && slashes % 2 == 0)
            {
                return true;
            }

            (slashes, isCoded) = Unescape(slashes, isCoded);
        }

        return !isCoded && slashes % 2 == 0;
    }

    // The rest of \\\" or \\u0022 after one surrounding string is read.
    private static (int Slashes, bool IsCoded) Unescape(int slashes, bool isCoded) => (slashes / 2, isCoded && slashes % 2 == 0 && slashes > 0);

    private (int Slashes, bool IsCoded) EscapeOf(int index)
    {
        var written = _text.AsSpan(_starts[index], _starts[index + 1] - _starts[index]);
        var slashes = written.IndexOfAnyExcept('\\');
        return (slashes, written[slashes] == 'u');
    }

    // The length is 0 when the text ends within an escape.
    private static (char Character, int Length) Next(ReadOnlySpan<char> text)
    {
        if (text[0] == '%')
        {
            return Hex(text, 1, 2) switch
            {
                CutOff => default,
                NoHex or > 0x7F => ('%', 1),
                var code => ((char)code, 3),
            };
        }

        if (text[0] != '\\')
        {
            return (text[0], 1);
        }

        var slashes = text.IndexOfAnyExcept('\\');
        if (slashes < 0)
        {
            return default;
        }

        return text[slashes] switch
        {
            '"' or '\'' or '/' => (text[slashes], slashes + 1),
            'n' or 'r' or 't' or 'b' or 'f' => ('\n', slashes + 1),
            'u' when Hex(text, slashes + 1, 4) is var code and not NoHex => code == CutOff ? default : ((char)code, slashes + 5),
            _ => ('\\', slashes),
        };
    }

    private static int Hex(ReadOnlySpan<char> text, int from, int digits)
    {
        var part = text[from..Math.Min(text.Length, from + digits)];
        return part.ContainsAnyExcept(HexDigits) ? NoHex
            : part.Length < digits ? CutOff
            : int.Parse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
