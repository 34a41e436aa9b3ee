using System.Collections.Concurrent;

namespace Serverless.Gateway.Upstream.Secrets;

/// <summary>
/// Keeps the values of the secrets that URL templates refer to. They are read when the templates change and every 30 minutes, as the service
/// does, and kept while the vault does not answer.
/// </summary>
internal sealed partial class KeyVaultSecrets : IDisposable
{
    public static readonly TimeSpan RefreshEvery = TimeSpan.FromMinutes(30);
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(30);

    private readonly KeyVaultReader _reader;
    private readonly ILogger<KeyVaultSecrets> _logger;
    private readonly ConcurrentDictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1);
    private readonly ITimer _timer;
    private volatile string[] _watched = [];

    public KeyVaultSecrets(KeyVaultReader reader, TimeProvider time, ILogger<KeyVaultSecrets> logger)
    {
        _reader = reader;
        _logger = logger;
        _timer = time.CreateTimer(_ => _ = RefreshAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Gets or sets the callback that is called when a secret has been read for the first time, or its value has changed.</summary>
    public Action? Changed { get; set; }

    /// <summary>Returns a secret's last value; null if it has not been read yet.</summary>
    public string? Find(string secretUri) => _values.GetValueOrDefault(secretUri);

    /// <summary>Reads these secrets from now on, and removes all others.</summary>
    public void Watch(string[] secretUris)
    {
        _watched = secretUris;
        foreach (var gone in _values.Keys.Except(secretUris))
        {
            _values.TryRemove(gone, out _);
        }

        if (secretUris.Length > 0)
        {
            _ = RefreshAsync();
        }
    }

    public void Dispose() => _timer.Dispose();

    private async Task RefreshAsync()
    {
        await _gate.WaitAsync();
        try
        {
            var failed = false;
            var changed = false;
            foreach (var secret in _watched)
            {
                switch (await TryReadAsync(secret))
                {
                    case null:
                        failed = true;
                        break;
                    case { } value when value != Find(secret):
                        _values[secret] = value;
                        changed = true;
                        break;
                    default:
                        break;
                }
            }

            if (changed)
            {
                Changed?.Invoke();
            }

            _timer.Change(failed ? RetryAfter : RefreshEvery, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<string?> TryReadAsync(string secret)
    {
        try
        {
            using var limit = new CancellationTokenSource(ReadTimeout);
            return await _reader.ReadAsync(secret, limit.Token);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.NotRead(_logger, secret, exception.Message);
            return null;
        }
    }

    private static partial class Log
    {
        // The address of a secret may be logged; its value never is.
        [LoggerMessage(
            Observability.EventIds.Upstream + 10,
            LogLevel.Error,
            "The Key Vault secret {SecretUri} could not be read: {Error} Calls of templates that refer to it fail until it has been read once.",
            EventName = "KeyVaultSecretNotRead")]
        public static partial void NotRead(ILogger logger, string secretUri, string error);
    }
}
