using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Access;

/// <summary>
/// Represents the issuer whose Microsoft Entra ID tokens the REST API accepts: section <c>Gateway:Entra</c>. Without a tenant or
/// authority it accepts none.
/// </summary>
internal sealed class EntraOptions
{
    /// <value>
    /// The Entra ID directory whose tokens the REST API accepts; see <see href="reference/identities.md#entra-id-on-the-rest-api">Entra ID</see>.
    /// </value>
    [Setting(Allowed = "a directory's id", Default = "none: no Entra ID tokens are taken")]
    public string? TenantId { get; set; } = "";

    /// <value>The issuer's address, instead of <c>TenantId</c>, for national clouds and other issuers.</value>
    [Setting(Allowed = "`https` URL; `http` on this machine", Default = "none: `https://login.microsoftonline.com/{TenantId}/v2.0`")]
    public string? Authority { get; set; } = "";

    /// <value>The audience that these tokens must have. SDKs request the default.</value>
    [Setting(Allowed = "text")]
    public string? Audience { get; set; } = "https://signalr.azure.com";

    /// <summary>Gets a value that indicates whether an issuer is configured.</summary>
    public bool IsOn => !string.IsNullOrEmpty(TenantId) || !string.IsNullOrEmpty(Authority);

    /// <summary>Gets the address of the issuer's metadata.</summary>
    public string MetadataAddress =>
        (!string.IsNullOrEmpty(Authority) ? Authority.TrimEnd('/') : $"https://login.microsoftonline.com/{TenantId}/v2.0") + "/.well-known/openid-configuration";

    /// <summary>
    /// Returns true when an address is safe from tampering. Over plain HTTP anyone on the network could replace the keys, except on this
    /// machine.
    /// </summary>
    public static bool IsSafe([NotNullWhen(true)] Uri? address) =>
        address is not null && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback));
}

/// <summary>Checks <see cref="EntraOptions"/> at start.</summary>
internal sealed class EntraOptionsValidator : IValidateOptions<EntraOptions>
{
    public ValidateOptionsResult Validate(string? name, EntraOptions options)
    {
        var errors = new List<string>();
        if (options.TenantId.AsSpan().ContainsAny("/?#: "))
        {
            errors.Add($"Gateway:Entra:TenantId is '{options.TenantId}'. Write the directory's id, such as 11111111-2222-3333-4444-555555555555.");
        }

        if (!string.IsNullOrEmpty(options.Authority) && !(Uri.TryCreate(options.Authority, UriKind.Absolute, out var uri) && EntraOptions.IsSafe(uri)))
        {
            errors.Add($"Gateway:Entra:Authority is '{options.Authority}'. Write the issuer's https address; http only on this machine.");
        }

        if (string.IsNullOrEmpty(options.Audience))
        {
            errors.Add("Gateway:Entra:Audience is empty. Write what tokens must be for, such as https://signalr.azure.com.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
