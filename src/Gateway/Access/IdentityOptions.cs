using Azure.Core;
using Azure.Identity;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Access;

/// <summary>Represents the gateway's own identity for calls to other services: section <c>Gateway:Identity</c>.</summary>
internal sealed class IdentityOptions
{
    /// <value>
    /// The user-assigned identity with which the gateway calls upstreams and Key Vaults; see
    /// <see href="reference/identities.md#the-gateways-own-identity">the gateway's own identity</see>.
    /// </value>
    [Setting(Allowed = "a client id", Default = "none: the machine's own")]
    public string? ClientId { get; set; } = "";

    /// <summary>Creates the credential: from the environment, a workload or managed identity, or a developer's login.</summary>
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
