namespace Serverless.Gateway.Upstream.Templates;

/// <summary>Represents the template that matches an event, and the URL that it forms.</summary>
/// <param name="Template">The template's place from 0; -1 if none matches.</param>
/// <param name="Url">The URL; null if no template matches, a secret has not been read, or the names do not form a valid URL.</param>
/// <param name="Scope">The scope of the identity token; null if the call carries no token.</param>
/// <param name="LacksSecret">True if a Key Vault secret of the URL has not been read.</param>
/// <param name="Policy">The rules for retries and dead letters; null for the service's single attempt.</param>
/// <param name="Shown">The template as it may be logged; empty if none matches.</param>
internal readonly record struct UpstreamRoute(
    int Template, Uri? Url, string? Scope = null, bool LacksSecret = false, UpstreamPolicy? Policy = null, string Shown = "")
{
    public static UpstreamRoute None { get; } = new(-1, null);
}
