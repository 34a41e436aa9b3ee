namespace Serverless.Gateway.Upstream.Templates;

/// <summary>Which template serves an event and at which URL.</summary>
/// <param name="Template">The template's place from 0; -1 if none matches.</param>
/// <param name="Url">Null if none matches, a secret is not known, or the names made no URL.</param>
/// <param name="Scope">What an identity token is asked for; null if none goes along.</param>
/// <param name="LacksSecret">A Key Vault secret of the URL is not known.</param>
/// <param name="Policy">Retries and dead letters; null for the service's single attempt.</param>
/// <param name="Shown">The template as it may be logged; empty if none matches.</param>
internal readonly record struct UpstreamRoute(
    int Template, Uri? Url, string? Scope = null, bool LacksSecret = false, UpstreamPolicy? Policy = null, string Shown = "")
{
    public static UpstreamRoute None { get; } = new(-1, null);
}
