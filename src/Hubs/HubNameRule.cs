using System.Text.RegularExpressions;

namespace Serverless.Hubs;

/// <summary>The rule for hub names, as the service's API has it.</summary>
internal static partial class HubNameRule
{
    /// <summary>The name as the wire carries it, in lower case.</summary>
    /// <exception cref="ArgumentException">It is no hub name; the message says what is.</exception>
    public static string Parse(string name) => Pattern().IsMatch(name)
        ? name.ToLowerInvariant()
        : throw new ArgumentException(
            $"'{name}' is no hub name; write 1 to 128 letters, digits or _`,.[] with a letter first.", nameof(name));

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_`,.[\]]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
