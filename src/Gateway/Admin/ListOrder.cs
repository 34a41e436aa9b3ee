using System.Globalization;

namespace Serverless.Gateway.Admin;

/// <summary>The order of a list: <c>?orderby=received desc</c>. Items with equal values are in the order of their keys.</summary>
/// <param name="Field">The field to sort by; null for the keys.</param>
/// <param name="IsDescending">True when the greatest comes first.</param>
internal sealed record ListOrder(string? Field, bool IsDescending) : IComparer<SortKey>
{
    public static ListOrder ByKey { get; } = new(null, false);

    /// <summary>Reads the parameter; returns false if it does not name a field of the list.</summary>
    /// <param name="text">A field, optionally followed by <c>asc</c> or <c>desc</c>; null for the order of the keys.</param>
    /// <param name="fields">The list's fields.</param>
    /// <param name="order">The order.</param>
    public static bool TryParse(string? text, IReadOnlyList<string> fields, out ListOrder order)
    {
        order = ByKey;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        var words = text.Split(' ');
        if (words.Length > 2 || !fields.Contains(words[0]) || words is [_, not ("asc" or "desc")])
        {
            return false;
        }

        order = new ListOrder(words[0], words is [_, "desc"]);
        return true;
    }

    public int Compare(SortKey x, SortKey y) =>
        x.CompareValue(y) is not 0 and var byValue ? (IsDescending ? -byValue : byValue) : string.CompareOrdinal(x.Key, y.Key);

    /// <summary>Returns the continuation token of a page that ends with this item.</summary>
    public string Token(SortKey last) => Field is null ? last.Key : last.ToString();

    /// <summary>Reads a token back; returns false if it does not belong to this order.</summary>
    public bool TryToken(string token, out SortKey last)
    {
        last = new SortKey(0, "", token);
        return Field is null || SortKey.TryParse(token, out last);
    }
}

/// <summary>The sort key of an item: a number or a text, and the item's own key, which no other item has.</summary>
internal readonly record struct SortKey(double Number, string Text, string Key)
{
    /// <summary>Compares the numbers and the texts, without case.</summary>
    public int CompareValue(SortKey other) =>
        Number.CompareTo(other.Number) is not 0 and var byNumber ? byNumber : string.Compare(Text, other.Text, StringComparison.OrdinalIgnoreCase);

    // 3:abc1.5 text    the key's length, the key, the number, the text
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Key.Length}:{Key}{Number:R} {Text}");

    public static bool TryParse(string text, out SortKey key)
    {
        key = default;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0
            || !int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > text.Length - colon - 1)
        {
            return false;
        }

        var rest = text[(colon + 1 + length)..];
        var space = rest.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || !double.TryParse(rest.AsSpan(0, space), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        key = new SortKey(number, rest[(space + 1)..], text.Substring(colon + 1, length));
        return true;
    }
}
