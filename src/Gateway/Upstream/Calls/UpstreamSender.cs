using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Metering;
using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Calls;

/// <summary>
/// The connection that an upstream request is from. What stays the same for its whole life is made once. The service's signature covers the
/// connection id alone, so it changes only with the access keys.
/// </summary>
internal sealed class UpstreamSender
{
    private readonly AccessKeys _keys;
    private Signed _signed;
    private SenderHeaders? _headers;

    public UpstreamSender(ClientConnection connection, AccessKeys keys)
    {
        ConnectionId = connection.Id;
        Hub = connection.Hub.Value;
        UserId = connection.UserId;
        Claims = connection.Identity.ClaimsHeader;
        ClientQuery = connection.ClientQuery;
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

    /// <summary>The user, as the client's token names it; null for an anonymous client. Headers may need another form.</summary>
    public string? UserId { get; }

    /// <summary>The claims, in the form of their header but not encoded; null for none.</summary>
    public string? Claims { get; }

    /// <summary>The client's query; null for none.</summary>
    public string? ClientQuery { get; }

    /// <summary>It is a diagnostic client.</summary>
    public bool IsDiagnostic { get; }

    /// <summary>Signs whole requests with the keys in force now.</summary>
    public RequestSigner Signer => _keys.Current.RequestSigner;

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

    /// <summary>The headers that are the same for all of the connection's requests; made when they are first asked for.</summary>
    /// <param name="encoding">The gateway's own, always the same.</param>
    public SenderHeaders HeadersIn(HeaderEncoding encoding) => _headers ??= new SenderHeaders(this, encoding);

    /// <summary>What another node needs to tell the upstream of this connection's end.</summary>
    public LedgerEntry ToLedger(HubName hub) => new(ConnectionId, hub, UserId, Claims, ClientQuery);

    private Signed Sign(AccessKeySet keys) => new(keys, UpstreamSignature.Compute(ConnectionId, keys.Texts));

    private sealed record Signed(AccessKeySet Keys, string Text);
}
