using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Upstream.Templates;

/// <summary>How a template's calls prove who sends them, in the service's shape (docs/contract/upstream-requests.md#templates).</summary>
internal sealed class UpstreamAuthOptions
{
    /// <value>
    /// Whether the calls carry a token of the gateway's own identity, as <c>Authorization: Bearer</c>. A call without the token it should
    /// have is not made.
    /// </value>
    [Setting]
    public UpstreamAuthType Type { get; set; }

    public ManagedIdentityOptions? ManagedIdentity { get; set; } = new();

    /// <summary>What a token is asked for; null if none is sent.</summary>
    public string? Scope => Type == UpstreamAuthType.ManagedIdentity ? $"{ManagedIdentity?.Resource}/.default" : null;
}

/// <summary>The kinds of <see cref="UpstreamAuthOptions"/>.</summary>
internal enum UpstreamAuthType
{
    /// <summary>No token.</summary>
    None,

    /// <summary>A token of the gateway's own identity.</summary>
    ManagedIdentity,
}

/// <summary>Whom a managed identity's token is for.</summary>
internal sealed class ManagedIdentityOptions
{
    /// <value>Whom that token is for; it becomes the audience. Must be there with <c>ManagedIdentity</c>.</value>
    [Setting(Allowed = "an application's client id or identifier URI", Default = "none")]
    public string? Resource { get; set; } = "";
}
