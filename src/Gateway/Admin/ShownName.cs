namespace Serverless.Gateway.Admin;

/// <summary>
/// Names as people read them. Apps percent-encode user ids that are not ASCII, because Functions hosts pass on ASCII headers only; a list
/// is searched and sorted by what the dashboard shows.
/// </summary>
internal static class ShownName
{
    public static string Of(string name) => name.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(name) : name;

    /// <summary>Whether a name contains a text, as it is or as it is shown; upper and lower case do not matter.</summary>
    public static bool Contains(string name, string text) =>
        name.Contains(text, StringComparison.OrdinalIgnoreCase) || Of(name).Contains(text, StringComparison.OrdinalIgnoreCase);
}
