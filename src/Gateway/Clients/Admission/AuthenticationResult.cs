using System.Diagnostics.CodeAnalysis;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Clients.Admission;

/// <summary>Represents a client whose access token is valid.</summary>
/// <param name="Hub">The hub that the request names.</param>
/// <param name="Identity">The identity in the token.</param>
/// <param name="Kind">The kind under which the connection is counted.</param>
internal sealed record AuthenticatedClient(HubName Hub, ClientIdentity Identity, ConnectionKind Kind);

/// <summary>The result of authentication: the client, or the refusal of its request.</summary>
internal readonly struct AuthenticationResult
{
    public AuthenticationResult(AuthenticatedClient client) => Client = client;

    public AuthenticationResult(Refusal refusal) => Refusal = refusal;

    /// <summary>The client; null if the request is refused.</summary>
    public AuthenticatedClient? Client { get; }

    /// <summary>The refusal; meaningless if there is a client.</summary>
    public Refusal Refusal { get; }

    /// <summary>True when the request is refused.</summary>
    [MemberNotNullWhen(false, nameof(Client))]
    public bool IsRefused => Client is null;
}
