using System.Buffers;

namespace Serverless.Gateway.Observability.Secrets;

/// <summary>Searches for the secrets that the gateway is configured with. Immutable.</summary>
internal sealed class KnownSecrets
{
    // Shorter secrets would mask parts of ordinary words.
    private const int LeastLength = 6;

    private readonly string[] _asGiven;
    private readonly string[] _flat;
    private readonly SearchValues<string> _search;

    public KnownSecrets(string[] secrets)
    {
        _asGiven = secrets;
        _flat = [.. secrets.Select(static secret => new FlatText(secret).Characters.ToString()).Where(static secret => secret.Length >= LeastLength)];
        _search = SearchValues.Create(_flat, StringComparison.Ordinal);
    }

    /// <summary>Returns true when the given secrets are the same.</summary>
    public bool Are(string[] secrets) => _asGiven.AsSpan().SequenceEqual(secrets);

    /// <summary>Adds the ranges of the text that are secrets.</summary>
    public void Find(ReadOnlySpan<char> text, List<Range> found)
    {
        for (var at = 0; text[at..].IndexOfAny(_search) is var offset and >= 0; at++)
        {
            at += offset;
            found.Add(at..(at + LongestAt(text[at..])));
        }
    }

    /// <summary>Returns the length of the secret's beginning at the text's end; 0 when there is none.</summary>
    public int CutAtEnd(ReadOnlySpan<char> text)
    {
        var most = 0;
        foreach (var secret in _flat)
        {
            for (var length = Math.Min(secret.Length - 1, text.Length); length > most; length--)
            {
                if (text.EndsWith(secret.AsSpan(0, length), StringComparison.Ordinal))
                {
                    most = length;
                }
            }
        }

        return most;
    }

    private int LongestAt(ReadOnlySpan<char> text)
    {
        var longest = 0;
        foreach (var secret in _flat)
        {
            if (secret.Length > longest && text.StartsWith(secret, StringComparison.Ordinal))
            {
                longest = secret.Length;
            }
        }

        return longest;
    }
}
