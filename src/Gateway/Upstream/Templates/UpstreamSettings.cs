using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Upstream.Secrets;

namespace Serverless.Gateway.Upstream.Templates;

/// <summary>Provides the templates by which events are sent: section <c>UpstreamSettings</c>, in the emulator's form.</summary>
internal sealed class UpstreamSettings
{
    /// <summary>The template that is used in Development when none is configured.</summary>
    public const string DevelopmentUrl = "http://localhost:7071/api/upstream/{hub}/{category}/{event}";

    /// <summary>Gets the templates. The first one whose three patterns match is used.</summary>
    public IList<UpstreamTemplateOptions> Templates { get; } = [];
}

/// <summary>Provides the settings of one template. An absent pattern matches everything.</summary>
internal sealed class UpstreamTemplateOptions
{
    /// <value>
    /// The URL that events are sent to. <c>{hub}</c>, <c>{category}</c> and <c>{event}</c> are replaced with the percent-encoded names, and
    /// <c>{@Microsoft.KeyVault(SecretUri=https://…)}</c> with that secret as it is. <c>:1</c> and so on for more; the first whose patterns
    /// match is used. Read again when it changes.
    /// </value>
    [Setting(Allowed = "`http` or `https` URL", Default = "none: in Development `http://localhost:7071/api/upstream/{hub}/{category}/{event}`")]
    public string UrlTemplate { get; set; } = "";

    /// <value><c>*</c>, or hub names separated by commas; case-sensitive. SDKs write hub names in lower case.</value>
    [Setting]
    public string? HubPattern { get; set; } = "*";

    /// <value><c>*</c>, or <c>connections</c> or <c>messages</c>, or both, separated by commas.</value>
    [Setting]
    public string? CategoryPattern { get; set; } = "*";

    /// <value><c>*</c>, or <c>connected</c>, <c>disconnected</c> and method names, separated by commas.</value>
    [Setting]
    public string? EventPattern { get; set; } = "*";

    /// <value>The authentication of the template's calls.</value>
    public UpstreamAuthOptions? Auth { get; set; } = new();

    /// <value>The retries of events that fail. The service does not have this setting, nor the next.</value>
    public UpstreamRetryOptions? Retry { get; set; } = new();

    /// <value>Stores an event that fails permanently as a dead letter.</value>
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
            // A null in a JSON file is bound as null.
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
                    + "Write the upstream application's client id or identifier URI; tokens are issued for it.");
            }

            errors.AddRange(options.Templates[i].Retry?.Errors($"UpstreamSettings:Templates:{i}:Retry") ?? []);

            // A secret may be any part of the address, and has not been read yet.
            var sample = UpstreamTemplate.Expand(string.Concat(pieces.Select(piece => piece.Text)), "hub", "messages", "event");
            if (pieces.Count == 1 && (!Uri.TryCreate(sample, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")))
            {
                errors.Add($"UpstreamSettings:Templates:{i}:UrlTemplate is '{url}', which is not a valid address. "
                    + "Write one like https://app.example.com/api/upstream/{hub}/{category}/{event}.");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
