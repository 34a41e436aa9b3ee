namespace Serverless.Gateway.Upstream.Templates;

/// <summary>Represents the template that an event is sent to, and the reason why each template is used or not.</summary>
/// <param name="Template">The template that is used; -1 if none is.</param>
/// <param name="Url">Its URL without secrets; null if no template matches.</param>
/// <param name="Reason">The reason why the event is not sent, with its value in metrics; null if it is sent.</param>
/// <param name="Templates">A verdict for each template, in order.</param>
internal sealed record UpstreamExplanation(int Template, string? Url, string? Reason, IReadOnlyList<TemplateVerdict> Templates)
{
    /// <summary>Gets a value that indicates whether the endpoint's circuit breaker is open; only for a template with retries.</summary>
    public bool IsCircuitOpen { get; init; }

    /// <summary>Returns the explanation as a text.</summary>
    public override string ToString() =>
        Templates.Count == 0 ? "No templates are configured. Set UpstreamSettings:Templates."
        : Template < 0 ? $"No template matches. {string.Join(' ', Templates.Select(static one => $"Template {one.Template}: {one.Why}"))}"
        : IsCircuitOpen ? $"Template {Template} takes it, but its endpoint has failed too often, and the circuit breaker is open."
        : Reason is null ? $"Template {Template} takes it, at {Url}."
        : Templates[Template].Why;
}

/// <summary>Represents the decision about one template for an event.</summary>
/// <param name="Template">The template's place, from 0.</param>
/// <param name="Matches">True if all its patterns match.</param>
/// <param name="Why">The reason as a text, such as the pattern that does not match.</param>
internal sealed record TemplateVerdict(int Template, bool Matches, string Why);
