using System.Collections.Concurrent;
using Azure.Core;

namespace Serverless.Gateway.Access;

/// <summary>
/// Provides tokens of the gateway's own identity, one per scope, cached until shortly before they expire. If a token cannot be renewed, the
/// last one is used until it expires. A failure is not retried for a few seconds, because every call would wait for it.
/// </summary>
/// <param name="credential">The credential, created when it is first needed: most gateways need none.</param>
/// <param name="time">The clock.</param>
internal sealed class IdentityTokens(Lazy<TokenCredential> credential, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Returns the value of an <c>Authorization</c> header for a scope.</summary>
    /// <exception cref="IdentityUnavailableException">A token cannot be obtained.</exception>
    public ValueTask<string> GetAsync(string scope, CancellationToken cancel)
    {
        var entry = _entries.GetOrAdd(scope, static _ => new Entry());
        return entry.Current is { } held && time.GetUtcNow() < held.RenewAt
            ? ValueTask.FromResult(held.Header)
            : new ValueTask<string>(RenewAsync(entry, scope, cancel));
    }

    public void Dispose()
    {
        foreach (var entry in _entries.Values)
        {
            entry.Dispose();
        }
    }

    private async Task<string> RenewAsync(Entry entry, string scope, CancellationToken cancel)
    {
        await entry.Gate.WaitAsync(cancel);
        try
        {
            var now = time.GetUtcNow();
            if (entry.Current is { } held && now < held.RenewAt)
            {
                return held.Header;
            }

            if (now >= entry.NextTry)
            {
                // Credentials may block; this may be a thread that polls sockets.
                await Task.Yield();
                await AskAsync(entry, scope, now, cancel);
            }

            return entry.Current is { } current && now < current.Expires
                ? current.Header
                : throw new IdentityUnavailableException(entry.Error ?? "The identity's token has expired.");
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    private async Task AskAsync(Entry entry, string scope, DateTimeOffset now, CancellationToken cancel)
    {
        try
        {
            var token = await credential.Value.GetTokenAsync(new TokenRequestContext([scope]), cancel);
            var renewAt = token.ExpiresOn - RenewBefore;
            entry.Current = new CachedToken($"Bearer {token.Token}", renewAt > now ? renewAt : token.ExpiresOn, token.ExpiresOn);
            entry.Error = null;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException && !cancel.IsCancellationRequested)
        {
            // Credentials fail in many ways, and their messages contain no secrets.
            entry.Error = exception.Message;
            entry.NextTry = now + PauseAfterFailure;
        }
    }

    private sealed record CachedToken(string Header, DateTimeOffset RenewAt, DateTimeOffset Expires);

    private sealed class Entry : IDisposable
    {
        public readonly SemaphoreSlim Gate = new(1);

        public volatile CachedToken? Current;

        public string? Error { get; set; }

        public DateTimeOffset NextTry { get; set; }

        public void Dispose() => Gate.Dispose();
    }
}

/// <summary>The exception that is thrown when the gateway's identity cannot get a token.</summary>
internal sealed class IdentityUnavailableException(string message) : Exception(message);
