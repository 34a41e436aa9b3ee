using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Access;

/// <summary>The access keys in the forms that their users need. Immutable; read anew for each request.</summary>
internal sealed class AccessKeys
{
    public AccessKeys(IOptions<AccessOptions> options)
    {
        Texts = [.. options.Value.AccessKeys];
        ConnectionTokenKeys = [.. Texts.Select(key => HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), "connection-token"u8))];
    }

    /// <summary>The keys as they are written; the primary comes first.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>Keys derived for connection tokens, so that no token of one kind passes for another.</summary>
    public IReadOnlyList<byte[]> ConnectionTokenKeys { get; }
}
