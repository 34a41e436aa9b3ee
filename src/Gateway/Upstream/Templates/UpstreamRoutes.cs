using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Upstream.Secrets;

namespace Serverless.Gateway.Upstream.Templates;

/// <summary>Finds the route of an event. Templates are reloaded while the gateway runs. A bounded number of routes is cached.</summary>
internal sealed class UpstreamRoutes : IDisposable
{
    // Enough for the hubs times the methods of an app. A client that invents targets can fill the cache; further routes are then not cached.
    private const int MaxRemembered = 4096;
    private const int MaxRememberedChars = 256;

    private readonly IDisposable? _reload;
    private readonly KeyVaultSecrets? _secrets;
    private readonly Lock _gate = new();
    private UpstreamSettings _settings;
    private volatile Snapshot _current;

    public UpstreamRoutes(IOptionsMonitor<UpstreamSettings> settings, KeyVaultSecrets? secrets = null)
    {
        _settings = settings.CurrentValue;
        _secrets = secrets;
        _current = new Snapshot(_settings, secrets);
        _reload = settings.OnChange(Use);
        if (secrets is not null)
        {
            secrets.Changed = Refresh;
            secrets.Watch(SecretsOf(_settings));
        }
    }

    /// <summary>Returns the route of an event.</summary>
    public UpstreamRoute Find(string hub, string category, string eventName)
    {
        var current = _current;
        var key = (hub, category, eventName);
        if (!current.Remembered.TryGetValue(key, out var route))
        {
            route = Match(current.Templates, hub, category, eventName);
            if (eventName.Length <= MaxRememberedChars && current.TryCountOne())
            {
                current.Remembered[key] = route;
            }
        }

        return route;
    }

    /// <summary>Explains the route of an event. Does not use the cache.</summary>
    public UpstreamExplanation Explain(string hub, string category, string eventName)
    {
        var templates = _current.Templates;
        var verdicts = new List<TemplateVerdict>();
        var taker = -1;
        string? url = null;
        string? reason = "no_template";
        for (var i = 0; i < templates.Length; i++)
        {
            var template = templates[i];
            if (template.WhyNot(hub, category, eventName) is { } why)
            {
                verdicts.Add(new TemplateVerdict(i, Matches: false, why));
            }
            else if (taker >= 0)
            {
                verdicts.Add(new TemplateVerdict(i, Matches: true, $"It matches too, but template {taker} comes first."));
            }
            else
            {
                taker = i;
                url = template.DisplayUrl(hub, category, eventName);
                reason = template.LacksSecret ? "no_secret" : template.UrlFor(hub, category, eventName) is null ? "bad_url" : null;
                verdicts.Add(new TemplateVerdict(i, Matches: true, reason switch
                {
                    "no_secret" => "It matches, but a Key Vault secret of its URL has not been read.",
                    "bad_url" => $"It matches, but does not form a valid URL with these names: {url}",
                    _ => "It matches and takes the event.",
                }));
            }
        }

        return new UpstreamExplanation(taker, url, reason, verdicts);
    }

    /// <summary>Returns a template's URL for an event, without secrets; null if the templates have changed and it no longer exists.</summary>
    public string? DisplayUrl(int template, string hub, string category, string eventName) =>
        _current.Templates.ElementAtOrDefault(template)?.DisplayUrl(hub, category, eventName);

    /// <summary>Gets the secrets in the templates' URLs, including the Key Vault secrets that have been read.</summary>
    public IReadOnlyList<string> Secrets => _current.Secrets;

    /// <summary>Gets a value that indicates whether a template has retries or dead letters.</summary>
    public bool HasPolicies => _current.HasPolicies;

    public void Dispose() => _reload?.Dispose();

    private void Use(UpstreamSettings changed)
    {
        lock (_gate)
        {
            _settings = changed;
            _current = new Snapshot(changed, _secrets);
        }

        _secrets?.Watch(SecretsOf(changed));
    }

    // Cached routes contain the old secret.
    private void Refresh()
    {
        lock (_gate)
        {
            _current = new Snapshot(_settings, _secrets);
        }
    }

    private static string[] SecretsOf(UpstreamSettings settings) =>
    [
        .. settings.Templates
            .SelectMany(template => KeyVaultReference.Split(template.UrlTemplate))
            .Select(piece => piece.SecretUri)
            .OfType<string>()
            .Distinct(),
    ];

    private static UpstreamRoute Match(UpstreamTemplate[] templates, string hub, string category, string eventName)
    {
        for (var i = 0; i < templates.Length; i++)
        {
            if (templates[i].Matches(hub, category, eventName))
            {
                return templates[i].LacksSecret
                    ? new UpstreamRoute(i, null, LacksSecret: true, Policy: templates[i].Policy, Shown: templates[i].Shown)
                    : new UpstreamRoute(i, templates[i].UrlFor(hub, category, eventName), templates[i].Scope, Policy: templates[i].Policy, Shown: templates[i].Shown);
            }
        }

        return UpstreamRoute.None;
    }

    private sealed class Snapshot
    {
        public readonly UpstreamTemplate[] Templates;
        public readonly bool HasPolicies;
        public readonly string[] Secrets;

        private int _remembered;

        public Snapshot(UpstreamSettings settings, KeyVaultSecrets? secrets)
        {
            Templates = [.. settings.Templates.Select(template => new UpstreamTemplate(template, secrets is null ? null : secrets.Find))];
            HasPolicies = Templates.Any(static template => template.Policy is not null);
            Secrets = [.. Templates.SelectMany(static template => template.Secrets).Distinct()];
        }

        // A counter of its own, because the dictionary's count takes all of its locks.
        public bool TryCountOne() =>
            Volatile.Read(ref _remembered) < MaxRemembered && Interlocked.Increment(ref _remembered) <= MaxRemembered;

        public readonly ConcurrentDictionary<(string Hub, string Category, string Event), UpstreamRoute> Remembered = new();
    }
}
