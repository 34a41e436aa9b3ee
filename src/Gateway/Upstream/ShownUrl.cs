using System.Text.RegularExpressions;

namespace Serverless.Gateway.Upstream;

/// <summary>An upstream's address, or the template of one, as it may be shown and logged.</summary>
internal static partial class ShownUrl
{
    /// <summary>What stands for a secret.</summary>
    public const string Secret = "***";

    /// <summary>
    /// The address without user name and password, and with stars for what its query says, a function key for instance. Placeholders of a
    /// template stay: they tell something, and are no secret.
    /// </summary>
    public static string Of(string url)
    {
        var query = url.IndexOf('?', StringComparison.Ordinal);
        var path = UserInfo().Replace(query < 0 ? url : url[..query], "$1");
        return query < 0 ? path : $"{path}?{string.Join('&', url[(query + 1)..].Split('&').Select(Pair))}";
    }

    private static string Pair(string pair)
    {
        var value = pair.IndexOf('=', StringComparison.Ordinal) + 1;
        return Placeholder().IsMatch(pair[value..]) ? pair : pair[..value] + Secret;
    }

    [GeneratedRegex("^([^/]*//)[^/]*@")]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"^\{(?:hub|category|event)\}$")]
    private static partial Regex Placeholder();
}
