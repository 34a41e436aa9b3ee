using System.Text;

namespace Serverless.Protocol;

/// <summary>Creates and reads the value of <c>X-ASRS-User-Claims</c>: <c>type: value, type: value</c>.</summary>
/// <remarks>
/// The form has no escapes. As in the official consumer, a value ends at a comma, and a claim whose value is empty or contains
/// <c>": "</c> is not read.
/// </remarks>
public static class UserClaimsHeader
{
    /// <summary>Returns the header's value.</summary>
    /// <param name="claims">The claims, as pairs of type and value.</param>
    /// <returns>The value, which is empty without claims.</returns>
    public static string Format(IEnumerable<KeyValuePair<string, string>> claims)
    {
        var header = new StringBuilder();
        foreach (var (type, value) in claims)
        {
            header.Append(header.Length == 0 ? "" : ", ").Append(type).Append(": ").Append(value);
        }

        return header.ToString();
    }

    /// <summary>
    /// Reads the claims in a header's value, in order. Parts that are not a pair are skipped. The official consumer keeps only the first value
    /// of a repeated type; here all are returned, so that a user may have two roles.
    /// </summary>
    /// <param name="header">The header's value, or null.</param>
    /// <param name="isEncoded">True when <see cref="GatewayHeaders.EncodedHeaders"/> names the header; its parts are then decoded one by one.</param>
    /// <returns>The claims, as pairs of type and value.</returns>
    public static IReadOnlyList<KeyValuePair<string, string>> Parse(string? header, bool isEncoded = false)
    {
        var claims = new List<KeyValuePair<string, string>>();
        foreach (var piece in (header ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = piece.Split(": ", StringSplitOptions.RemoveEmptyEntries);
            if (pair.Length == 2)
            {
                claims.Add(new(Text(pair[0]), Text(pair[1])));
            }
        }

        return claims;

        string Text(string piece) => isEncoded ? UpstreamHeaderText.Decode(piece.Trim()) : piece.Trim();
    }
}
