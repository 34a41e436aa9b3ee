using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Calls;

/// <summary>
/// Holds the header values that are the same for all requests of a connection, in the form in which they are sent, and the digest with which
/// requests are signed. Immutable.
/// </summary>
internal sealed class SenderHeaders
{
    public SenderHeaders(UpstreamSender sender, HeaderEncoding encoding)
    {
        var encoded = "";
        UserId = Value(UpstreamHeaders.UserId, sender.UserId, encoding, ref encoded);
        Claims = Value(UpstreamHeaders.UserClaims, sender.Claims, encoding, ref encoded);
        ClientQuery = Value(UpstreamHeaders.ClientQuery, sender.ClientQuery, encoding, ref encoded);
        EncodedHeaders = encoded.Length == 0 ? null : encoded;
        Digest = RequestSigner.DigestSender(sender.ConnectionId, sender.Hub, UserId, Claims, ClientQuery);
    }

    public string? UserId { get; }

    public string? Claims { get; }

    public string? ClientQuery { get; }

    /// <summary>Gets the names of the headers that are encoded, separated by commas; null if there are none.</summary>
    public string? EncodedHeaders { get; }

    /// <summary>Gets the digest of <see cref="RequestSigner.DigestSender"/>.</summary>
    public byte[] Digest { get; }

    /// <summary>Returns a header's value, and adds the header's name to the list if the value has to be encoded.</summary>
    public static string? Value(string header, string? text, HeaderEncoding encoding, ref string encoded)
    {
        if (text is null || UpstreamHeaderText.IsPlain(text, allowUtf8: encoding == HeaderEncoding.Utf8))
        {
            return text;
        }

        encoded = encoded.Length == 0 ? header : $"{encoded},{header}";
        return UpstreamHeaderText.Encode(text);
    }
}
