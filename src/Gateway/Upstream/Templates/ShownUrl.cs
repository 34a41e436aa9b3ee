using System.Text.RegularExpressions;
using Serverless.Gateway.Observability.Secrets;
using Serverless.Gateway.Upstream.Secrets;

namespace Serverless.Gateway.Upstream.Templates;

/// <summary>Masks the secrets in an upstream's address, or in a template, so that it may be shown and logged.</summary>
internal static partial class ShownUrl
{
    /// <summary>The text that replaces a secret.</summary>
    public const string Secret = "***";

    // A long value counts as a key, regardless of its name; a short one may be a word.
    private const int KeyLength = 16;

    /// <summary>
    /// Returns the address without user name and password, and with stars for the values of its query, such as a function key. Placeholders
    /// of a template are kept: they are informative and not secret.
    /// </summary>
    public static string Of(string url)
    {
        var query = url.IndexOf('?', StringComparison.Ordinal);
        var path = UserInfo().Replace(query < 0 ? url : url[..query], "$1");
        return query < 0 ? path : $"{path}?{string.Join('&', url[(query + 1)..].Split('&').Select(Pair))}";
    }

    /// <summary>Returns a configured template, also without its Key Vault references.</summary>
    public static string OfTemplate(string template) =>
        Of(string.Concat(KeyVaultReference.Split(template).Select(static piece => piece.SecretUri is null ? piece.Text : Secret)));

    /// <summary>Returns the password and the query's keys in a template. Omits values with a placeholder, which are not complete.</summary>
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
