using Azure.Core;
using Azure.Identity;

namespace Serverless.Gateway.Access;

/// <summary>Who the gateway is where it calls others: section <c>Gateway:Identity</c>.</summary>
internal sealed class IdentityOptions
{
    /// <value>The client id of a user-assigned identity; empty for the machine's own.</value>
    public string? ClientId { get; set; } = "";

    /// <summary>The credential: of the environment, a workload or managed identity, and a developer's own login.</summary>
    public TokenCredential CreateCredential()
    {
        var clientId = string.IsNullOrEmpty(ClientId) ? null : ClientId;
        return new DefaultAzureCredential(new DefaultAzureCredentialOptions
        {
            ManagedIdentityClientId = clientId,
            WorkloadIdentityClientId = clientId,
        });
    }
}
