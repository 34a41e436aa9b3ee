using System.Text.RegularExpressions;

namespace Serverless.Hubs.Management;

/// <summary>Names hubs, and validates names by the rule of the service's API.</summary>
internal static partial class HubName
{
    /// <summary>Returns a hub's name in lower case, as the wire carries it.</summary>
    /// <exception cref="ArgumentException">The name is not a valid hub name; the message states the rule.</exception>
    public static string Parse(string name) => Pattern().IsMatch(name)
        ? name.ToLowerInvariant()
        : throw new ArgumentException(
            $"'{name}' is not a valid hub name; write 1 to 128 letters, digits or _`,.[] with a letter first.", nameof(name));

    /// <summary>Returns the name of a hub class: the class's own in lower case, as with the service's SDK.</summary>
    public static string Of(Type hubType) => Parse(hubType.Name);

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_`,.[\]]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
