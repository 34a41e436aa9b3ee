using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections;
using Serverless.Gateway.Metering;
using Serverless.Protocol;

namespace Serverless.Gateway.Upstream;

/// <summary>
/// Who an upstream request is from: the header values that stay the same for a connection's whole life, made once.
/// The signature covers the connection id alone, so it changes only with the access keys.
/// </summary>
internal sealed class UpstreamSender
{
    private readonly AccessKeys _keys;
    private Signed _signed;

    public UpstreamSender(ClientConnection connection, AccessKeys keys)
    {
        ConnectionId = connection.Id;
        Hub = connection.Hub.Value;
        UserId = connection.UserId is { } user ? HeaderText.Safe(user) : null;
        Claims = connection.Identity.ClaimsHeader is { } claims ? HeaderText.Safe(claims) : null;
        ClientQuery = connection.ClientQuery is { } query ? HeaderText.Safe(query) : null;
        IsDiagnostic = connection.Kind == ConnectionKind.Diagnostic;
        _keys = keys;
        _signed = Sign(keys.Current);
    }

    /// <summary>For a connection that another node had.</summary>
    public UpstreamSender(LedgerEntry entry, AccessKeys keys)
    {
        ConnectionId = entry.ConnectionId;
        Hub = entry.Hub.Value;
        UserId = entry.UserId;
        Claims = entry.Claims;
        ClientQuery = entry.Query;
        _keys = keys;
        _signed = Sign(keys.Current);
    }

    public string ConnectionId { get; }

    public string Hub { get; }

    public string? UserId { get; }

    public string? Claims { get; }

    public string? ClientQuery { get; }

    /// <summary>It is a diagnostic client.</summary>
    public bool IsDiagnostic { get; }

    /// <summary>By the keys in force now.</summary>
    public string Signature
    {
        get
        {
            var signed = Volatile.Read(ref _signed);
            var keys = _keys.Current;
            if (signed.Keys != keys)
            {
                signed = Sign(keys);
                Volatile.Write(ref _signed, signed);
            }

            return signed.Text;
        }
    }

    /// <summary>What another node needs to tell the upstream of this connection's end.</summary>
    public LedgerEntry ToLedger(HubName hub) => new(ConnectionId, hub, UserId, Claims, ClientQuery);

    private Signed Sign(AccessKeySet keys) => new(keys, UpstreamSignature.Compute(ConnectionId, keys.Texts));

    private sealed record Signed(AccessKeySet Keys, string Text);
}
