using System.Text;
using Serverless.Gateway.Upstream.Secrets;

namespace Serverless.Gateway.Upstream.Templates;

/// <summary>Represents a configured template, which matches events and forms URLs (docs/contract/upstream-requests.md#templates).</summary>
internal sealed class UpstreamTemplate
{
    private readonly TemplatePiece[] _pieces;
    private readonly string?[] _secrets;
    private readonly Pattern _hub;
    private readonly Pattern _category;
    private readonly Pattern _event;

    /// <param name="options">The template as configured.</param>
    /// <param name="findSecret">Returns the value of a Key Vault secret; null while it has not been read.</param>
    public UpstreamTemplate(UpstreamTemplateOptions options, Func<string, string?>? findSecret = null)
    {
        _pieces = [.. KeyVaultReference.Split(options.UrlTemplate)];
        _secrets = [.. _pieces.Select(piece => piece.SecretUri is { } secret ? findSecret?.Invoke(secret) : "")];
        Shown = ShownUrl.OfTemplate(options.UrlTemplate);
        Scope = options.Auth?.Scope;
        Policy = UpstreamPolicy.From(options);
        _hub = new Pattern(options.HubPattern);
        _category = new Pattern(options.CategoryPattern);
        _event = new Pattern(options.EventPattern);
    }

    /// <summary>Gets the template without secrets, as it may be logged.</summary>
    public string Shown { get; }

    /// <summary>Gets the scope of the calls' identity token; null if they carry no token.</summary>
    public string? Scope { get; }

    /// <summary>Gets the rules for retries and dead letters; null if the template has neither.</summary>
    public UpstreamPolicy? Policy { get; }

    /// <summary>Gets a value that indicates whether a secret of the URL has not been read.</summary>
    public bool LacksSecret => _secrets.Contains(null);

    /// <summary>Gets the Key Vault secrets that have been read, and the secrets in the text around them.</summary>
    public IEnumerable<string> Secrets => _secrets.OfType<string>().Where(static secret => secret.Length > 0)
        .Concat(ShownUrl.SecretsOf(string.Concat(_pieces.Select(static piece => piece.SecretUri is null ? piece.Text : "{}"))));

    /// <summary>Returns true if all three patterns match.</summary>
    public bool Matches(string hub, string category, string eventName) =>
        _hub.Matches(hub) && _category.Matches(category) && _event.Matches(eventName);

    /// <summary>Returns a text that names the patterns that do not match; null if all match.</summary>
    public string? WhyNot(string hub, string category, string eventName)
    {
        string?[] reasons =
        [
            _hub.Matches(hub) ? null : $"its HubPattern '{_hub}' does not match '{hub}'",
            _category.Matches(category) ? null : $"its CategoryPattern '{_category}' does not match '{category}'",
            _event.Matches(eventName) ? null : $"its EventPattern '{_event}' does not match '{eventName}'",
        ];
        var found = string.Join(", ", reasons.OfType<string>());
        return found.Length == 0 ? null : $"{char.ToUpperInvariant(found[0])}{found[1..]}.";
    }

    /// <summary>Returns the URL as it may be shown, with stars for secrets and the query's values, and without a user name.</summary>
    public string DisplayUrl(string hub, string category, string eventName) => ShownUrl.Of(
        string.Concat(_pieces.Select(piece => piece.SecretUri is null ? Expand(piece.Text, hub, category, eventName) : ShownUrl.Secret)));

    /// <summary>Returns the URL of an event; null if the template and the names do not form a valid URL.</summary>
    public Uri? UrlFor(string hub, string category, string eventName)
    {
        // Secrets are inserted as they are; placeholders in them are not replaced.
        var url = _pieces.Length == 1 ? Expand(_pieces[0].Text, hub, category, eventName) : string.Concat(_pieces.Select((piece, i) => Expand(piece.Text, hub, category, eventName) + _secrets[i]));
        return IsDotsOnly(eventName)
            ? Uri.TryCreate(url, AsWritten, out var raw) ? raw : null
            : Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri : null;
    }

    /// <summary>
    /// Replaces placeholders with percent-encoded names in one pass, so that a name that looks like a placeholder stays text.
    /// Unknown placeholders are kept.
    /// </summary>
    public static string Expand(string template, string hub, string category, string eventName)
    {
        var url = new StringBuilder(template.Length + hub.Length + eventName.Length);
        var rest = template.AsSpan();
        while (rest.IndexOf('{') is var open and >= 0)
        {
            url.Append(rest[..open]);
            rest = rest[open..];
            var (token, value) = rest switch
            {
                _ when rest.StartsWith("{hub}") => ("{hub}", hub),
                _ when rest.StartsWith("{category}") => ("{category}", category),
                _ when rest.StartsWith("{event}") => ("{event}", eventName),
                _ => ("{", null),
            };
            url.Append(value is null ? token : Escape(value));
            rest = rest[token.Length..];
        }

        return url.Append(rest).ToString();
    }

    // An event named ".." must stay one path segment. Without this option, Uri collapses the dots, encoded or not.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private static bool IsDotsOnly(string name) => !name.AsSpan().ContainsAnyExcept('.');

    private static string Escape(string name) =>
        IsDotsOnly(name) ? name.Replace(".", "%2E", StringComparison.Ordinal) : Uri.EscapeDataString(name);

    /// <summary>Represents a pattern: <c>*</c>, or names separated by commas, without other wildcards. Null never matches.</summary>
    private readonly struct Pattern
    {
        private readonly bool _any;
        private readonly string[] _names;

        public Pattern(string? text)
        {
            _names = text?.Split(',', StringSplitOptions.TrimEntries) ?? [];
            _any = _names.Contains("*");
        }

        public override string ToString() => string.Join(',', _names);

        public bool Matches(string name) => _any || (name.Length > 0 && _names.Contains(name, StringComparer.Ordinal));
    }
}
