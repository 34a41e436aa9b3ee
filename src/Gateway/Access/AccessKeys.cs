using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Serverless.Protocol;

namespace Serverless.Gateway.Access;

/// <summary>
/// Holds the access keys in force. They may be replaced while the gateway runs: read <see cref="Current"/> anew for each use.
/// </summary>
internal sealed class AccessKeys
{
    private volatile AccessKeySet _current;

    /// <param name="options">The keys at start.</param>
    /// <param name="live">The source of changes; null for keys that never change.</param>
    public AccessKeys(IOptions<AccessOptions> options, IOptionsMonitor<AccessOptions>? live = null)
    {
        _current = new AccessKeySet(live?.CurrentValue ?? options.Value);
        live?.OnChange(Replace);
    }

    /// <summary>Gets the keys in force as an immutable set.</summary>
    public AccessKeySet Current => _current;

    // A reload of other settings must not make every connection sign again.
    private void Replace(AccessOptions options)
    {
        if (!_current.Texts.SequenceEqual(options.AccessKeys))
        {
            _current = new AccessKeySet(options);
        }
    }
}

/// <summary>Represents the access keys in the forms that their users need. Immutable.</summary>
internal sealed class AccessKeySet
{
    private const int DerivedKeyBytes = 32;

    public AccessKeySet(AccessOptions options)
    {
        Texts = [.. options.AccessKeys];
        Secrets = [.. Texts.Select(Encoding.UTF8.GetBytes)];
        BackplaneKeys = [.. Secrets.Select(static key => HKDF.DeriveKey(HashAlgorithmName.SHA256, key, DerivedKeyBytes, info: "serverless-backplane-1"u8.ToArray()))];
        StorageKeys = [.. Secrets.Select(static key => HKDF.DeriveKey(HashAlgorithmName.SHA256, key, DerivedKeyBytes, info: "serverless-storage-1"u8.ToArray()))];
        ConnectionTokenKeys = [.. Secrets.Select(static key => HMACSHA256.HashData(key, "connection-token"u8))];
        RequestSigner = new RequestSigner(Texts);
    }

    /// <summary>Gets the keys as they are configured, the primary first.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>Gets the keys' bytes, which sign tokens.</summary>
    public byte[][] Secrets { get; }

    /// <summary>Gets the keys derived for connection tokens, so that a token of one kind cannot pass for another.</summary>
    public byte[][] ConnectionTokenKeys { get; }

    /// <summary>Gets the signer of upstream requests, which uses both keys.</summary>
    public RequestSigner RequestSigner { get; }

    /// <summary>Gets the keys derived for messages between nodes; the first signs.</summary>
    public byte[][] BackplaneKeys { get; }

    /// <summary>Gets the keys derived for encrypting the keys that sign values stored in Redis; the first encrypts.</summary>
    public byte[][] StorageKeys { get; }
}
