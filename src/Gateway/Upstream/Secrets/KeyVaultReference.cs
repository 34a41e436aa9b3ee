using System.Text.RegularExpressions;

namespace Serverless.Gateway.Upstream.Secrets;

/// <summary>
/// Finds <c>{@Microsoft.KeyVault(SecretUri=…)}</c> in URL templates, and splits a template into texts and the addresses of secrets.
/// </summary>
internal static partial class KeyVaultReference
{
    /// <summary>Returns the pieces of a template, in order; a piece is a text or a secret's address.</summary>
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

    /// <summary>Returns true if a secret may be read from an address: requests carry a token, so only over TLS, or from this machine.</summary>
    public static bool IsSafe(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    [GeneratedRegex(@"\{@Microsoft\.KeyVault\(SecretUri=([^)]*)\)\}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}

/// <summary>Represents a piece of a URL template.</summary>
/// <param name="Text">Text with placeholders.</param>
/// <param name="SecretUri">The address of a secret; null for text.</param>
internal readonly record struct TemplatePiece(string Text, string? SecretUri);
