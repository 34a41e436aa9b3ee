using System.Text.RegularExpressions;
using Serverless.Gateway.Observability.Secrets;
using Serverless.Gateway.Upstream.Secrets;

namespace Serverless.Gateway.Upstream.Templates;

/// <summary>An upstream's address, or the template of one, as it may be shown and logged.</summary>
internal static partial class ShownUrl
{
    /// <summary>What stands for a secret.</summary>
    public const string Secret = "***";

    // A long value is a key whatever its name; a short one may be a word.
    private const int KeyLength = 16;

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

    /// <summary>A configured template, also without its Key Vault references.</summary>
    public static string OfTemplate(string template) =>
        Of(string.Concat(KeyVaultReference.Split(template).Select(static piece => piece.SecretUri is null ? piece.Text : Secret)));

    /// <summary>The password and the query's keys in a template; what has a placeholder in it is not whole, and left out.</summary>
    public static IEnumerable<string> SecretsOf(string url)
    {
        var user = UserInfo().Match(url) is { Success: true } found ? found.Value[found.Groups[1].Length..^1] : "";
        var query = url.IndexOf('?', StringComparison.Ordinal);
        var pairs = query < 0 ? [] : url[(query + 1)..].Split('&').Select(static pair => pair.Split('=', 2));
        return pairs
            .Where(static pair => pair.Length == 2 && (pair[1].Length >= KeyLength || SecretForms.IsName(pair[0])))
            .Select(static pair => pair[1])
            .Append(user[(user.IndexOf(':', StringComparison.Ordinal) + 1)..])
            .Where(static secret => secret.Length > 0 && !secret.Contains('{', StringComparison.Ordinal));
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
