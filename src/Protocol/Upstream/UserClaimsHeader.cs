using System.Text;

namespace Serverless.Protocol;

/// <summary>The value of <c>X-ASRS-User-Claims</c>: <c>type: value, type: value</c>.</summary>
/// <remarks>
/// The form has no escapes. As in the official consumer, a value ends at a comma, and a claim whose value is empty or holds
/// <c>": "</c> is lost to the reader.
/// </remarks>
public static class UserClaimsHeader
{
    /// <summary>The header's value, empty when there are no claims.</summary>
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
    /// The claims in a header's value, in order. Pieces that are no pair are left out. Where the official consumer keeps the
    /// first value of a repeated type only, all are given here, so that a user may have two roles.
    /// </summary>
    /// <param name="header">The header's value.</param>
    /// <param name="isEncoded">Whether <see cref="GatewayHeaders.EncodedHeaders"/> names the header; its pieces are then decoded one by one.</param>
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
