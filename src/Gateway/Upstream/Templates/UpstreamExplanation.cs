namespace Serverless.Gateway.Upstream.Templates;

/// <summary>Where an event goes, and for each template why it does or does not go there.</summary>
/// <param name="Template">The one that takes it; -1 for none.</param>
/// <param name="Url">Its URL without what may be secret; null where there is none.</param>
/// <param name="Reason">Why the event is not sent, in the metrics' words; null if it is.</param>
/// <param name="Templates">One for each, in their order.</param>
internal sealed record UpstreamExplanation(int Template, string? Url, string? Reason, IReadOnlyList<TemplateVerdict> Templates)
{
    /// <summary>Its endpoint has failed so often that it is not asked for a while; only where the template retries.</summary>
    public bool IsCircuitOpen { get; init; }

    /// <summary>All in a sentence.</summary>
    public override string ToString() =>
        Templates.Count == 0 ? "There are no templates. Set UpstreamSettings:Templates."
        : Template < 0 ? $"No template matches. {string.Join(' ', Templates.Select(static one => $"Template {one.Template}: {one.Why}"))}"
        : IsCircuitOpen ? $"Template {Template} takes it, but its endpoint has failed too often, and its circuit is open."
        : Reason is null ? $"Template {Template} takes it, at {Url}."
        : Templates[Template].Why;
}

/// <summary>What a template does with an event.</summary>
/// <param name="Template">Its place from 0.</param>
/// <param name="Matches">All its patterns match.</param>
/// <param name="Why">Which pattern does not match, or what else keeps it from being used.</param>
internal sealed record TemplateVerdict(int Template, bool Matches, string Why);
