using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Serverless.Gateway.Access;

/// <summary>
/// Reads the metadata of an issuer, above all its keys: when first needed, twice a day, and when a token names an unknown key. It is read
/// at most once in a few seconds, because strangers can send such tokens.
/// </summary>
internal sealed partial class EntraMetadata(string address, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromHours(12);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly Documents _documents = new();
    private readonly SemaphoreSlim _gate = new(1);
    private volatile OpenIdConnectConfiguration? _current;
    private DateTimeOffset _lastAsked = DateTimeOffset.MinValue;
    private DateTimeOffset _staleAt;

    /// <summary>
    /// Returns the metadata; null if it has not been read yet. Metadata once read is used while the issuer does not answer.
    /// </summary>
    /// <param name="unlike">Metadata that lacks a key: it is read again unless that has just been done.</param>
    public async ValueTask<OpenIdConnectConfiguration?> GetAsync(OpenIdConnectConfiguration? unlike = null)
    {
        var current = _current;
        if (current is not null && current != unlike && time.GetUtcNow() < _staleAt)
        {
            return current;
        }

        await _gate.WaitAsync();
        try
        {
            var now = time.GetUtcNow();
            if (_current == current && now - _lastAsked >= Pause)
            {
                _lastAsked = now;
                await ReadAsync(now);
            }

            return _current;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _documents.Dispose();
        _gate.Dispose();
    }

    private async Task ReadAsync(DateTimeOffset now)
    {
        try
        {
            using var timeout = new CancellationTokenSource(Timeout);
            _current = await OpenIdConnectConfigurationRetriever.GetAsync(address, _documents, timeout.Token);
            _staleAt = now + GoodFor;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The library wraps connection failures, time-outs, invalid JSON and broken keys in exceptions of many kinds.
            Log.Unavailable(logger, address, exception.GetBaseException().Message);
        }
    }

    /// <summary>Reads the issuer's documents, over TLS or from this machine only, because the first contains the others' addresses.</summary>
    private sealed class Documents : IDocumentRetriever, IDisposable
    {
        private const int MaxConnections = 4;

        private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = MaxConnections });

        public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
        {
            var uri = new Uri(address);
            return EntraOptions.IsSafe(uri)
                ? await _http.GetStringAsync(uri, cancel)
                : throw new IOException($"{address} is not https.");
        }

        public void Dispose() => _http.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Access + 3,
            LogLevel.Warning,
            "The Entra ID issuer's metadata at {Address} could not be read: {Error}",
            EventName = "EntraMetadataUnavailable")]
        public static partial void Unavailable(ILogger logger, string address, string error);
    }
}
