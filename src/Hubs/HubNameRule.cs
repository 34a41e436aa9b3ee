using System.Text.RegularExpressions;

namespace Serverless.Hubs;

/// <summary>Validates hub names by the rule of the service's API.</summary>
internal static partial class HubNameRule
{
    /// <summary>Returns a hub's name in lower case, as the wire carries it.</summary>
    /// <exception cref="ArgumentException">The name is not a valid hub name; the message states the rule.</exception>
    public static string Parse(string name) => Pattern().IsMatch(name)
        ? name.ToLowerInvariant()
        : throw new ArgumentException(
            $"'{name}' is not a valid hub name; write 1 to 128 letters, digits or _`,.[] with a letter first.", nameof(name));

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_`,.[\]]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
