using Serverless.Gateway.Access;
using Serverless.Gateway.Connections;
using Serverless.Protocol;

namespace Serverless.Gateway.Upstream;

/// <summary>
/// Who an upstream request is from: the header values that stay the same for a connection's whole life, made once.
/// The signature covers the connection id alone, so it is one of them.
/// </summary>
internal sealed class UpstreamSender
{
    public UpstreamSender(ClientConnection connection, AccessKeys keys)
    {
        ConnectionId = connection.Id;
        Hub = connection.Hub.Value;
        UserId = connection.UserId is { } user ? HeaderText.Safe(user) : null;
        Claims = connection.Identity.ClaimsHeader is { } claims ? HeaderText.Safe(claims) : null;
        ClientQuery = connection.ClientQuery is { } query ? HeaderText.Safe(query) : null;
        Signature = UpstreamSignature.Compute(connection.Id, keys.Texts);
    }

    public string ConnectionId { get; }

    public string Hub { get; }

    public string? UserId { get; }

    public string? Claims { get; }

    public string? ClientQuery { get; }

    public string Signature { get; }
}
