using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Serverless.Protocol;

namespace Serverless.Gateway.Access;

/// <summary>Holds the access keys in force. They may be replaced while the gateway runs: read <see cref="Current"/> anew for each use.</summary>
internal sealed class AccessKeys
{
    private volatile AccessKeySet _current;

    /// <param name="options">The keys at start.</param>
    /// <param name="live">Where changes come from; null for keys that never change.</param>
    public AccessKeys(IOptions<AccessOptions> options, IOptionsMonitor<AccessOptions>? live = null)
    {
        _current = new AccessKeySet(live?.CurrentValue ?? options.Value);
        live?.OnChange(Replace);
    }

    /// <summary>Both keys, as one that does not change.</summary>
    public AccessKeySet Current => _current;

    // Reloads of other keys must not make every connection sign anew.
    private void Replace(AccessOptions options)
    {
        if (!_current.Texts.SequenceEqual(options.AccessKeys))
        {
            _current = new AccessKeySet(options);
        }
    }
}

/// <summary>The access keys in the forms that their users need. Immutable.</summary>
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

    /// <summary>The keys as they are written; the primary comes first.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>The keys' bytes, which sign tokens.</summary>
    public byte[][] Secrets { get; }

    /// <summary>Keys derived for connection tokens, so that no token of one kind passes for another.</summary>
    public byte[][] ConnectionTokenKeys { get; }

    /// <summary>Signs upstream requests with both keys.</summary>
    public RequestSigner RequestSigner { get; }

    /// <summary>Keys derived for what nodes write to Redis for each other; the first signs.</summary>
    public byte[][] BackplaneKeys { get; }

    /// <summary>Keys derived for encrypting the keys that sign what is stored in Redis; the first encrypts.</summary>
    public byte[][] StorageKeys { get; }
}
