namespace Serverless.Gateway.Admin;

/// <summary>
/// Decodes names for people to read. Apps percent-encode user ids that are not ASCII, because Functions hosts pass on only ASCII headers.
/// Lists are searched and sorted by the names that the dashboard shows.
/// </summary>
internal static class ShownName
{
    public static string Of(string name) => name.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(name) : name;

    /// <summary>True when a name contains a text, encoded or decoded, without case.</summary>
    public static bool Contains(string name, string text) =>
        name.Contains(text, StringComparison.OrdinalIgnoreCase) || Of(name).Contains(text, StringComparison.OrdinalIgnoreCase);
}
