using System.Text.RegularExpressions;

namespace Serverless.Gateway.Observability.Secrets;

/// <summary>The forms of secrets in texts. Clients send the texts, so no pattern has nested repetition.</summary>
internal static partial class SecretForms
{
    /// <summary>Returns true when a query's name is that of a secret.</summary>
    public static bool IsName(string name) => Name().IsMatch($"?{name}=");

    /// <summary>A JSON web token, whole or cut: <c>{"</c> in Base64Url is <c>eyJ</c>.</summary>
    [GeneratedRegex(@"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}", RegexOptions.CultureInvariant)]
    public static partial Regex WebToken();

    /// <summary>A token after its scheme, anywhere in the text; fewer letters are a word.</summary>
    [GeneratedRegex(@"\bbearer\s+[A-Za-z0-9._~+/=-]{8,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    public static partial Regex Bearer();

    /// <summary>
    /// The name of a secret up to its value: <c>AccessKey=</c> of a connection string, <c>"refresh_token":</c>, <c>x-functions-key:</c>,
    /// <c>?code=</c>. More than one in a list: <c>"tokens":[</c>.
    /// </summary>
    [GeneratedRegex(
        """(?:[?&](?:code|sig|key)=|(?:token|secret|password|passwd|passphrase|passcode|pwd|jwt|credential|authorization|"""
        + """(?:access|account|api|auth|client|encryption|functions?|host|master|private|secret|security|shared|signing|storage|subscription|system)[ _.-]?key)"""
        + """(?:s(?=["']?\s*[:=]\s*\[))?["']?\s*[:=]\s*)""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    public static partial Regex Name();

    /// <summary>The scheme before the secret in a header's value, which is shown.</summary>
    [GeneratedRegex(@"\G(?:bearer|basic|digest|negotiate|apikey|sharedkey(?:lite)?)\s+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    public static partial Regex Scheme();
}
