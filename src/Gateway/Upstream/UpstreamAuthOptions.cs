namespace Serverless.Gateway.Upstream;

/// <summary>How a template's calls prove who sends them, in the service's shape (upstream.md §1).</summary>
internal sealed class UpstreamAuthOptions
{
    /// <value>Default none: the signature alone.</value>
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
    /// <value>An application's client id or its identifier URI; becomes the token's audience.</value>
    public string? Resource { get; set; } = "";
}
