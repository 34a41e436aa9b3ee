using System.Text.RegularExpressions;

namespace Serverless.Gateway.Upstream.Secrets;

/// <summary>
/// Finds <c>{@Microsoft.KeyVault(SecretUri=…)}</c> in URL templates. A template is cut into texts and the addresses of secrets.
/// </summary>
internal static partial class KeyVaultReference
{
    /// <summary>The pieces of a template, in order; a piece is a text or a secret's address.</summary>
    public static IReadOnlyList<TemplatePiece> Split(string template)
    {
        var pieces = new List<TemplatePiece>();
        var end = 0;
        foreach (Match match in Reference().Matches(template))
        {
            pieces.Add(new TemplatePiece(template[end..match.Index], null));
            pieces.Add(new TemplatePiece("", match.Groups[1].Value.Trim()));
            end = match.Index + match.Length;
        }

        pieces.Add(new TemplatePiece(template[end..], null));
        return pieces;
    }

    /// <summary>Whether a secret may be asked for there: a token goes along, so only over TLS, or to this machine.</summary>
    public static bool IsSafe(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    [GeneratedRegex(@"\{@Microsoft\.KeyVault\(SecretUri=([^)]*)\)\}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}

/// <summary>A piece of a URL template.</summary>
/// <param name="Text">Text with placeholders.</param>
/// <param name="SecretUri">In place of text, where a secret is.</param>
internal readonly record struct TemplatePiece(string Text, string? SecretUri);
