using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Upstream.Templates;

/// <summary>Provides the authentication of a template's calls, in the service's form (docs/contract/upstream-requests.md#templates).</summary>
internal sealed class UpstreamAuthOptions
{
    /// <value>
    /// The authentication of the template's calls: <c>ManagedIdentity</c> adds a token of the gateway's own identity, as
    /// <c>Authorization: Bearer</c>. While the gateway has no token, the calls are not made.
    /// </value>
    [Setting]
    public UpstreamAuthType Type { get; set; }

    public ManagedIdentityOptions? ManagedIdentity { get; set; } = new();

    /// <summary>Gets the scope for which a token is requested; null if the calls carry no token.</summary>
    public string? Scope => Type == UpstreamAuthType.ManagedIdentity ? $"{ManagedIdentity?.Resource}/.default" : null;
}

/// <summary>The authentication of a template's calls.</summary>
internal enum UpstreamAuthType
{
    /// <summary>The calls carry no token.</summary>
    None,

    /// <summary>The calls carry a token of the gateway's own identity.</summary>
    ManagedIdentity,
}

/// <summary>Provides the audience of a managed identity's token.</summary>
internal sealed class ManagedIdentityOptions
{
    /// <value>The application that the token is for, which becomes the token's audience. Required with <c>ManagedIdentity</c>.</value>
    [Setting(Allowed = "an application's client id or identifier URI", Default = "none")]
    public string? Resource { get; set; } = "";
}
