using Azure.Core;
using Azure.Identity;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Access;

/// <summary>Who the gateway is where it calls others: section <c>Gateway:Identity</c>.</summary>
internal sealed class IdentityOptions
{
    /// <value>
    /// The user-assigned identity that the gateway is for upstreams and Key Vaults; see
    /// <see href="reference/identities.md#the-gateways-own-identity">the gateway's own identity</see>.
    /// </value>
    [Setting(Allowed = "a client id", Default = "none: the machine's own")]
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
