using System.Text.RegularExpressions;

namespace Serverless.Gateway.Tests.Spelling;

/// <summary>
/// Finds the words of prose in a Markdown page. Code, addresses, HTML tags, file names, other names with digits or dots, and the names of tests
/// that are the text of a link to a source file are not prose.
/// </summary>
internal static partial class Markdown
{
    public static IEnumerable<(string Word, int Line)> WordsOf(string page)
    {
        var prose = NotProse().Replace(page.ReplaceLineEndings("\n"), match => NotLineFeed().Replace(match.Value, " "));
        var number = 0;
        foreach (var line in prose.Split('\n'))
        {
            number++;
            foreach (Match match in Token().Matches(line))
            {
                var token = match.Value.Replace('’', '\'').TrimEnd('.', '\'');
                if (token.All(letter => char.IsLetter(letter) || letter == '\''))
                {
                    yield return (token.EndsWith("'s", StringComparison.Ordinal) ? token[..^2] : token, number);
                }
            }
        }
    }

    // Fenced blocks, code spans, links to source files, targets of other links, tags and addresses in angle brackets, bare addresses.
    [GeneratedRegex(@"^\ *(?<fence>`{3,}|~{3,})[^\n]*\n.*?^\ *\k<fence>\ *$ | (?<!`)(?<ticks>`+)(?!`)(?:(?!\n\n).)+?(?<!`)\k<ticks>(?!`) | \[[^\]\n]*\]\([^)\s]*\.m?[cj]s\) | (?<=\])\([^)\s]*\) | <[^>\n]+> | \w+://\S+",
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex NotProse();

    [GeneratedRegex(@"[^\n]")]
    private static partial Regex NotLineFeed();

    [GeneratedRegex(@"(?<![\w.\\$@#])\w[\w'’.]*")]
    private static partial Regex Token();
}
