using System.Text;

namespace Serverless.Gateway.Routing.Filters;

/// <summary>Splits a filter into tokens. A quote in a text is written twice.</summary>
internal static class FilterLexer
{
    /// <summary>Returns the tokens of a filter.</summary>
    /// <exception cref="FilterException">A character is not allowed, or a text has no closing quote.</exception>
    public static List<FilterToken> Read(string text)
    {
        var tokens = new List<FilterToken>();
        var place = 0;
        while (place < text.Length)
        {
            var start = place;
            switch (text[place])
            {
                case ' ' or '\t':
                    place++;
                    break;
                case '(':
                    place++;
                    tokens.Add(new(FilterTokenKind.Open, "(", start + 1));
                    break;
                case ')':
                    place++;
                    tokens.Add(new(FilterTokenKind.Close, ")", start + 1));
                    break;
                case ',':
                    place++;
                    tokens.Add(new(FilterTokenKind.Comma, ",", start + 1));
                    break;
                case '\'':
                    tokens.Add(new(FilterTokenKind.Text, ReadText(text, ref place), start + 1));
                    break;
                case var letter when char.IsAsciiLetter(letter):
                    while (place < text.Length && char.IsAsciiLetterOrDigit(text[place]))
                    {
                        place++;
                    }

                    tokens.Add(new(FilterTokenKind.Word, text[start..place], start + 1));
                    break;
                default:
                    throw new FilterException($"Unexpected '{text[place]}'", start + 1);
            }
        }

        tokens.Add(new(FilterTokenKind.End, "the end", text.Length + 1));
        return tokens;
    }

    private static string ReadText(string text, ref int place)
    {
        var start = place++;
        var value = new StringBuilder();
        while (place < text.Length)
        {
            var character = text[place++];
            if (character != '\'')
            {
                value.Append(character);
            }
            else if (place < text.Length && text[place] == '\'')
            {
                value.Append('\'');
                place++;
            }
            else
            {
                return value.ToString();
            }
        }

        throw new FilterException("A text without its closing quote", start + 1);
    }
}
