using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Metering;
using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Calls;

/// <summary>
/// Represents the connection that an upstream request belongs to. Values that are the same for all of its requests are created once. The
/// service's signature covers only the connection id, so it changes only with the access keys.
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

    /// <summary>Creates the sender for a connection of another node, which is lost.</summary>
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

    /// <summary>Gets the user as the client's token names it; null for an anonymous client. Headers may need another form.</summary>
    public string? UserId { get; }

    /// <summary>Gets the claims in the form of their header, but not encoded; null if there are none.</summary>
    public string? Claims { get; }

    /// <summary>Gets the client's query; null if there is none.</summary>
    public string? ClientQuery { get; }

    /// <summary>Gets a value that indicates whether this is a diagnostic client.</summary>
    public bool IsDiagnostic { get; }

    /// <summary>Gets the signer of whole requests, with the keys in force now.</summary>
    public RequestSigner Signer => _keys.Current.RequestSigner;

    /// <summary>Gets the service's signature, with the keys in force now.</summary>
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

    /// <summary>Returns the headers that are the same for all requests of the connection. They are created at the first call.</summary>
    /// <param name="encoding">The encoding that the gateway is configured with; it never changes.</param>
    public SenderHeaders HeadersIn(HeaderEncoding encoding) => _headers ??= new SenderHeaders(this, encoding);

    /// <summary>Returns the data with which another node can report this connection's end to the upstream.</summary>
    public LedgerEntry ToLedger(HubName hub) => new(ConnectionId, hub, UserId, Claims, ClientQuery);

    private Signed Sign(AccessKeySet keys) => new(keys, UpstreamSignature.Compute(ConnectionId, keys.Texts));

    private sealed record Signed(AccessKeySet Keys, string Text);
}
