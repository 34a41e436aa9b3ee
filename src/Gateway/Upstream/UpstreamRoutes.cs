using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Upstream;

/// <summary>Finds the URL for an event. Templates reload while the gateway runs; answers are remembered up to a bound.</summary>
internal sealed class UpstreamRoutes : IDisposable
{
    // Hubs times methods of an app; a client that invents targets only fills it, and then each call is worked out anew.
    private const int MostRemembered = 4096;
    private const int LongestRemembered = 256;

    private readonly IDisposable? _reload;
    private volatile Snapshot _current;

    public UpstreamRoutes(IOptionsMonitor<UpstreamSettings> settings)
    {
        _current = new Snapshot(settings.CurrentValue);
        _reload = settings.OnChange(changed => _current = new Snapshot(changed));
    }

    /// <summary>The route for an event.</summary>
    public UpstreamRoute Find(string hub, string category, string eventName)
    {
        var current = _current;
        var key = (hub, category, eventName);
        if (!current.Remembered.TryGetValue(key, out var route))
        {
            route = Match(current.Templates, hub, category, eventName);
            if (eventName.Length <= LongestRemembered && current.TryCountOne())
            {
                current.Remembered[key] = route;
            }
        }

        return route;
    }

    public void Dispose() => _reload?.Dispose();

    private static UpstreamRoute Match(UpstreamTemplate[] templates, string hub, string category, string eventName)
    {
        for (var i = 0; i < templates.Length; i++)
        {
            if (templates[i].Matches(hub, category, eventName))
            {
                return new UpstreamRoute(i, templates[i].UrlFor(hub, category, eventName));
            }
        }

        return UpstreamRoute.None;
    }

    private sealed class Snapshot(UpstreamSettings settings)
    {
        public readonly UpstreamTemplate[] Templates = [.. settings.Templates.Select(template => new UpstreamTemplate(template))];

        private int _remembered;

        // The dictionary's own count takes all of its locks.
        public bool TryCountOne() =>
            Volatile.Read(ref _remembered) < MostRemembered && Interlocked.Increment(ref _remembered) <= MostRemembered;

        public readonly ConcurrentDictionary<(string Hub, string Category, string Event), UpstreamRoute> Remembered = new();
    }
}

/// <summary>Which template serves an event and at which URL.</summary>
/// <param name="Template">The template's place from 0; -1 if none matches.</param>
/// <param name="Url">Null if none matches, or the names made no URL.</param>
internal readonly record struct UpstreamRoute(int Template, Uri? Url)
{
    public static UpstreamRoute None { get; } = new(-1, null);
}
