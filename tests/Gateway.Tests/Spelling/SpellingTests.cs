using System.Text.RegularExpressions;
using Serverless.Gateway.Tests.Contract;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Spelling;

/// <summary>The spelling of all Markdown pages, checked against an English dictionary and the project's own terms in docs/words.txt.</summary>
public sealed partial class SpellingTests
{
    private static readonly SpellingDictionary British = Dictionary("dictionary-en-gb");

    private static readonly SpellingDictionary American = Dictionary("dictionary-en");

    private static readonly string[] Terms = File.ReadAllLines(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "words.txt"));

    private static readonly HashSet<string> TermSet = [.. Terms];

    private static readonly ILookup<string, string> PlacesOfWords = WordsOfDocuments().ToLookup(word => word.Word, word => $"{word.File}:{word.Line}");

    [Fact]
    public void Every_word_of_the_documents_is_in_the_dictionary_or_the_list_of_terms()
    {
        var mistakes =
            from word in PlacesOfWords
            let reason = Mistake(word.Key)
            where reason is not null
            from place in word
            select $"{place}: {reason}";
        var found = mistakes.Order(StringComparer.Ordinal).ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
        Assert.True(PlacesOfWords.Count >= 1000, "The pages have not been found.");
    }

    [Fact]
    public void The_terms_are_sorted_and_used()
    {
        var sorted = Terms.Distinct().Order(StringComparer.OrdinalIgnoreCase).ThenBy(term => term, StringComparer.Ordinal);
        Assert.True(Terms.SequenceEqual(sorted), "docs/words.txt is not sorted, or has a line twice: LC_ALL=C sort -f -o docs/words.txt docs/words.txt");

        var used = PlacesOfWords.SelectMany(word => Parts(word.Key)).Where(part => !IsEnglish(part)).Select(TermOf).ToHashSet();
        var unused = Terms.Where(term => !used.Contains(term)).ToList();
        Assert.True(unused.Count == 0, $"docs/words.txt has terms that the dictionary has too, or that no page uses; remove them: {string.Join(", ", unused)}");
    }

    [Theory]
    [InlineData("behaviour")]
    [InlineData("Authorization")]
    [InlineData("exercised")]
    [InlineData("reconnected")]
    [InlineData("HTTP")]
    [InlineData("URLs")]
    [InlineData("UserLeaveGroup")]
    [InlineData("couldn't")]
    public void Correct_words_are_accepted(string word) => Assert.Null(Mistake(word));

    [Theory]
    [InlineData("recieve", "correct it, or add it to docs/words.txt")]
    [InlineData("behavior", "correct it, or add it to docs/words.txt")]
    [InlineData("monday", "correct it, or add it to docs/words.txt")]
    [InlineData("GruopMessage", "'Gruop'")]
    [InlineData("authorised", "write 'authorized'")]
    public void Wrong_words_are_refused(string word, string reason) => Assert.Contains(reason, Mistake(word), StringComparison.Ordinal);

    [Theory]
    [InlineData("One `cdoe` span, [a link](pth/adress.md#anchr) and <http://hst/>.", "One span a link and")]
    [InlineData("Shown by [A tset of anwsers](../tests/X/AnswerTests.cs) and [othrs](a/results.mjs).", "Shown by and")]
    [InlineData("```sh\ncomand\n```\nText", "Text")]
    [InlineData("A node's file main.cs, page2, the nodes' well-kept rest.", "A node file the nodes well kept rest")]
    public void Only_prose_is_read(string page, string words) => Assert.Equal(words.Split(' '), Markdown.WordsOf(page).Select(word => word.Word));

    /// <summary>The reason why a word is wrong, and what to do about it; null for a correct word.</summary>
    private static string? Mistake(string word) =>
        Parts(word).Where(part => !IsEnglish(part) && TermOf(part) is null).Select(part => WithZ(part) is { } correct
            ? $"'{part}': write '{correct}' (CONTRIBUTING.md, Spelling)."
            : $"'{part}' is not in the dictionary: correct it, or add it to docs/words.txt if it is a term.").FirstOrDefault();

    // The dictionary of British English has -ise, and this project writes -ize, as .NET's identifiers do.
    private static bool IsEnglish(string word) =>
        (British.Contains(word) && WithZ(word) is null) || (word.Contains("iz", StringComparison.Ordinal) && American.Contains(word));

    private static string? WithZ(string word) =>
        Is().Matches(word).Select(match => $"{word[..match.Index]}iz{word[(match.Index + 2)..]}").FirstOrDefault(American.Contains);

    private static string? TermOf(string word) =>
        TermSet.TryGetValue(word, out var term) || TermSet.TryGetValue(char.ToLowerInvariant(word[0]) + word[1..], out term) ? term : null;

    // A term, an abbreviation in capitals and a single letter stand as they are; of other names, such as UserLeaveGroup, each part is a word.
    private static IEnumerable<string> Parts(string word) =>
        TermOf(word) is not null ? [word] : Hump().Split(word).Where(part => part.Length > 1 && !Abbreviation().IsMatch(part));

    private static IEnumerable<(string File, int Line, string Word)> WordsOfDocuments() =>
        from path in MarkdownPage.RepositoryFiles(".md")
        from word in Markdown.WordsOf(File.ReadAllText(path))
        select (Path.GetRelativePath(BuiltProgram.RepositoryRoot, path).Replace('\\', '/'), word.Line, word.Word);

    private static SpellingDictionary Dictionary(string package)
    {
        const string Folder = "tests/Gateway.Tests/Spelling";
        var path = Path.Combine(BuiltProgram.RepositoryRoot, Folder, "node_modules", package);
        return Directory.Exists(path)
            ? SpellingDictionary.Read(path)
            : throw new DirectoryNotFoundException($"{package} is missing: run 'npm ci' in {Folder}, or test.sh, which does it.");
    }

    [GeneratedRegex("is")]
    private static partial Regex Is();

    [GeneratedRegex(@"(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll}{2})")]
    private static partial Regex Hump();

    [GeneratedRegex(@"^\p{Lu}+s?$")]
    private static partial Regex Abbreviation();
}
