using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Upstream.Secrets;

namespace Serverless.Gateway.Upstream.Templates;

/// <summary>Where events go: section <c>UpstreamSettings</c>, in the emulator's shape.</summary>
internal sealed class UpstreamSettings
{
    /// <summary>The template that is used in Development when none is configured.</summary>
    public const string DevelopmentUrl = "http://localhost:7071/api/upstream/{hub}/{category}/{event}";

    /// <summary>Tried from the top; the first whose three patterns match is called.</summary>
    public IList<UpstreamTemplateOptions> Templates { get; } = [];
}

/// <summary>One template. An absent pattern matches everything.</summary>
internal sealed class UpstreamTemplateOptions
{
    /// <value>
    /// Where events go; <c>{hub}</c>, <c>{category}</c> and <c>{event}</c> are replaced, percent-encoded, and
    /// <c>{@Microsoft.KeyVault(SecretUri=https://…)}</c> by that secret as it is. <c>:1</c> and so on for more; the first whose patterns
    /// match is used. Read again when it changes.
    /// </value>
    [Setting(Allowed = "`http` or `https` URL", Default = "none: in Development `http://localhost:7071/api/upstream/{hub}/{category}/{event}`")]
    public string UrlTemplate { get; set; } = "";

    /// <value><c>*</c>, or hub names separated by commas, compared with case. SDKs write hub names in lower case.</value>
    [Setting]
    public string? HubPattern { get; set; } = "*";

    /// <value><c>*</c>, or of <c>connections</c> and <c>messages</c>, separated by commas.</value>
    [Setting]
    public string? CategoryPattern { get; set; } = "*";

    /// <value><c>*</c>, or <c>connected</c>, <c>disconnected</c> and method names, separated by commas.</value>
    [Setting]
    public string? EventPattern { get; set; } = "*";

    /// <value>Which token goes along.</value>
    public UpstreamAuthOptions? Auth { get; set; } = new();

    /// <value>Whether an event that fails is sent again. This project's own, as the next.</value>
    public UpstreamRetryOptions? Retry { get; set; } = new();

    /// <value>Whether an event that fails for good is kept.</value>
    [Setting]
    public bool DeadLetter { get; set; }
}

/// <summary>Checks <see cref="UpstreamSettings"/> at start.</summary>
internal sealed class UpstreamSettingsValidator : IValidateOptions<UpstreamSettings>
{
    public ValidateOptionsResult Validate(string? name, UpstreamSettings options)
    {
        var errors = new List<string>();
        for (var i = 0; i < options.Templates.Count; i++)
        {
            // A null in a JSON file is bound as one.
            var url = options.Templates[i].UrlTemplate ?? "";
            var pieces = KeyVaultReference.Split(url);
            foreach (var secret in pieces.Select(piece => piece.SecretUri).OfType<string>().Where(secret => !KeyVaultReference.IsSafe(secret)))
            {
                errors.Add($"UpstreamSettings:Templates:{i}:UrlTemplate refers to the secret '{secret}'. "
                    + "Write its https address, such as https://name.vault.azure.net/secrets/name.");
            }

            if (options.Templates[i].Auth is { Type: UpstreamAuthType.ManagedIdentity } auth && string.IsNullOrEmpty(auth.ManagedIdentity?.Resource))
            {
                errors.Add($"UpstreamSettings:Templates:{i}:Auth:ManagedIdentity:Resource is missing. "
                    + "Write the upstream application's client id or identifier URI; tokens are for it.");
            }

            errors.AddRange(options.Templates[i].Retry?.Errors($"UpstreamSettings:Templates:{i}:Retry") ?? []);

            // A secret may be any part of the address; nobody knows which yet.
            var sample = UpstreamTemplate.Expand(string.Concat(pieces.Select(piece => piece.Text)), "hub", "messages", "event");
            if (pieces.Count == 1 && (!Uri.TryCreate(sample, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")))
            {
                errors.Add($"UpstreamSettings:Templates:{i}:UrlTemplate is '{url}', which is no address. "
                    + "Write one like https://app.example.com/api/upstream/{hub}/{category}/{event}.");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
