using System.Text;

namespace Serverless.Gateway.Observability.Secrets;

/// <summary>
/// Replaces secrets by stars in texts of clients and apps, for the live trace and for logs: every secret that the gateway is configured
/// with, and texts that have a secret's form or name.
/// </summary>
internal sealed class SecretMask(IEnumerable<SecretSource> sources)
{
    private const string Stars = "***";

    // A value in a connection string may have spaces and ends at the semicolon, if that is near.
    private const int FarthestSemicolon = 256;

    private readonly SecretSource[] _sources = [.. sources];
    private volatile KnownSecrets _known = new([]);

    /// <summary>Returns the text without secrets.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isCut">True when the text is truncated: its end may cut a secret.</param>
    public string Apply(string text, bool isCut = false)
    {
        var flat = new FlatText(text);
        var found = new List<Range>();
        var known = Known();
        known.Find(flat.Characters, found);
        foreach (var match in SecretForms.WebToken().EnumerateMatches(flat.Characters))
        {
            found.Add(match.Index..(match.Index + match.Length));
        }

        foreach (var match in SecretForms.Bearer().EnumerateMatches(flat.Characters))
        {
            var end = match.Index + match.Length;
            var start = end;
            while (!char.IsWhiteSpace(flat.Characters[start - 1]))
            {
                start--;
            }

            found.Add(start..end);
        }

        var done = 0;
        foreach (var match in SecretForms.Name().EnumerateMatches(flat.Characters))
        {
            // A name within the value of another is part of that value.
            if (match.Index >= done)
            {
                var isQuery = flat.Characters[match.Index] is '?' or '&';
                done = Values(flat, match.Index + match.Length, isQuery, found);
            }
        }

        if (isCut && known.CutAtEnd(flat.Characters) is var length and > 0)
        {
            found.Add((flat.Characters.Length - length)..flat.Characters.Length);
        }

        return found.Count == 0 ? text : Write(text, flat, found);
    }

    // Rooms may have read new secrets.
    private KnownSecrets Known()
    {
        string[] now = [.. _sources.SelectMany(static source => source.Read()).OfType<string>()];
        var known = _known;
        if (!known.Are(now))
        {
            _known = known = new KnownSecrets(now);
        }

        return known;
    }

    // Finds one value, or those of a list. Returns the position at which they end.
    private static int Values(FlatText flat, int at, bool isQuery, List<Range> found)
    {
        var text = flat.Characters;
        var isList = at < text.Length && text[at] == '[';
        at += isList ? 1 : 0;
        while (true)
        {
            at = Skip(text, at, ' ', '\n');
            at = Value(flat, at, isQuery, found);
            var next = Skip(text, at, ' ', '\n');
            if (!isList || next >= text.Length || text[next] != ',')
            {
                return at;
            }

            at = next + 1;
        }
    }

    // Returns the position after the value and its quotation mark.
    private static int Value(FlatText flat, int at, bool isQuery, List<Range> found)
    {
        var text = flat.Characters;
        var isQuoted = at < text.Length && text[at] is '"' or '\'' && !flat.IsPercentEncoded(at);
        var mark = isQuoted ? at : -1;
        var start = AfterScheme(text, isQuoted ? at + 1 : at);
        var end = isQuoted ? EndOfString(flat, mark, start) : EndOfWord(flat, start, hasSpaces: !isQuery && text[..at].TrimEnd().EndsWith('='));
        if (end > start && (isQuoted || text[start..end] is not ("null" or "true" or "false")))
        {
            found.Add(start..end);
        }

        return Math.Min(text.Length, isQuoted ? end + 1 : end);
    }

    private static int AfterScheme(ReadOnlySpan<char> text, int at)
    {
        foreach (var match in SecretForms.Scheme().EnumerateMatches(text, at))
        {
            return match.Index + match.Length;
        }

        return at;
    }

    private static int EndOfString(FlatText flat, int mark, int at)
    {
        var text = flat.Characters;
        var depth = flat.DepthOf(mark);
        while (at < text.Length && !(text[at] == text[mark] && !flat.IsPercentEncoded(at) && flat.Closes(at, depth)))
        {
            at++;
        }

        return at;
    }

    // Returns the end of a query's value, a header's, a number or a word; a part of a connection string is taken whole.
    private static int EndOfWord(FlatText flat, int start, bool hasSpaces)
    {
        var text = flat.Characters;
        var end = -1;
        for (var at = start; at < text.Length; at++)
        {
            var letter = flat.IsPercentEncoded(at) ? '%' : text[at];
            if (letter is ';' && end != start)
            {
                return at;
            }

            if (letter is '"' or '&' or '\n' or '\r' || (end >= 0 && (!hasSpaces || at - end > FarthestSemicolon)))
            {
                return end < 0 ? at : end;
            }

            if (end < 0 && (char.IsWhiteSpace(letter) || letter is ',' or '}' or ']' or ')' or '\'' or '<' or '>' || (letter is '{' && at == start)))
            {
                end = at;
            }
        }

        return end < 0 ? text.Length : end;
    }

    private static int Skip(ReadOnlySpan<char> text, int at, char one, char other)
    {
        while (at < text.Length && (text[at] == one || text[at] == other))
        {
            at++;
        }

        return at;
    }

    private static string Write(string text, FlatText flat, List<Range> found)
    {
        found.Sort(static (left, right) => left.Start.Value.CompareTo(right.Start.Value));
        var masked = new StringBuilder(text.Length);
        var at = 0;
        foreach (var range in found)
        {
            // An escape that the text's end cuts off belongs to the secret before it.
            var start = flat.StartOf(range.Start.Value);
            var end = range.End.Value == flat.Characters.Length ? text.Length : flat.StartOf(range.End.Value);
            if (at == 0 || start > at)
            {
                masked.Append(text, at, start - at).Append(Stars);
            }

            at = Math.Max(at, end);
        }

        return masked.Append(text, at, text.Length - at).ToString();
    }
}
