using System.Text.RegularExpressions;

namespace Serverless.Gateway.Tests.Spelling;

/// <summary>The words of a Hunspell dictionary, each with the prefixes and suffixes that its flags allow.</summary>
/// <remarks>Reads the part of the format that the English dictionaries use: one character a flag, no compounds but ordinal numbers.</remarks>
internal sealed class SpellingDictionary
{
    private readonly HashSet<string> _words = new(StringComparer.Ordinal);

    private SpellingDictionary()
    {
    }

    /// <summary>Reads <c>index.aff</c> and <c>index.dic</c> in a folder.</summary>
    public static SpellingDictionary Read(string folder)
    {
        var affixes = File.ReadLines(Path.Combine(folder, "index.aff")).Select(Affix.Parse).OfType<Affix>().ToLookup(affix => affix.Flag);
        var dictionary = new SpellingDictionary();
        foreach (var line in File.ReadLines(Path.Combine(folder, "index.dic")).Skip(1))
        {
            // abduct/SDGV
            var slash = line.IndexOf('/', StringComparison.Ordinal);
            dictionary.Add(slash < 0 ? line : line[..slash], (slash < 0 ? "" : line[(slash + 1)..]).SelectMany(flag => affixes[flag]).ToList());
        }

        return dictionary;
    }

    /// <summary>True when the dictionary has the word, or has it in lower case and the word is capitalized.</summary>
    public bool Contains(string word) => _words.Contains(word) || _words.Contains(char.ToLowerInvariant(word[0]) + word[1..]);

    private void Add(string word, List<Affix> affixes)
    {
        var suffixed = affixes.Where(affix => !affix.IsPrefix && affix.AppliesTo(word)).Select(affix => affix.Apply(word)).Prepend(word).ToList();
        _words.UnionWith(suffixed);
        foreach (var prefix in affixes.Where(affix => affix.IsPrefix))
        {
            _words.UnionWith(suffixed.Select(prefix.Apply));
        }
    }

    // SFX N   y     ication    y          flag, letters to take away, letters to add, what the word ends in
    private sealed record Affix(char Flag, bool IsPrefix, string Removed, string Added, Regex Condition)
    {
        public static Affix? Parse(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["PFX", [var flag], "0", var added, "."] => new Affix(flag, true, "", added, new Regex("")),
            ["SFX", [var flag], var removed, var added, var condition] => new Affix(
                flag, false, removed == "0" ? "" : removed, added, new Regex($"{condition}$", RegexOptions.CultureInvariant | RegexOptions.RightToLeft)),
            _ => null,
        };

        public bool AppliesTo(string word) => word.EndsWith(Removed, StringComparison.Ordinal) && Condition.IsMatch(word);

        public string Apply(string word) => IsPrefix ? Added + word : word[..^Removed.Length] + Added;
    }
}
