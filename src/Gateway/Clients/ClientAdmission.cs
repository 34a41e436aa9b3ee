using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients.Http;
using Serverless.Gateway.Clients.Relay;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Observability.Tracing;

namespace Serverless.Gateway.Clients;

/// <summary>Who may come in, and as which connection: the checks that every client request passes, whatever carries it.</summary>
internal sealed class ClientAdmission(
    TokenValidator tokens,
    Audiences audiences,
    ConnectionToken connectionTokens,
    ConnectionTable table,
    HttpSessions sessions,
    StatefulSessions statefulSessions,
    IBackplane backplane,
    ClientRelay relay,
    ClientCapacity capacity,
    Quotas quotas,
    IHostApplicationLifetime lifetime,
    LiveTrace trace,
    IOptions<ClientOptions> options)
{
    public static readonly Refusal TokenRequired = new(StatusCodes.Status400BadRequest, "Connection ID required");

    public static readonly Refusal OtherTransport = new(StatusCodes.Status400BadRequest, "Cannot change transports mid-connection");

    public static readonly Refusal NoSuchConnection = new(StatusCodes.Status404NotFound, "No Connection with that ID");

    private static readonly Refusal Stopping = new(StatusCodes.Status503ServiceUnavailable, "This node is stopping. Connect again.") { RetryAfterSeconds = 1 };

    private readonly string[] _origins = [.. options.Value.AllowedOrigins];

    /// <summary>Whether a browser's page of this origin may connect; a request without an origin is no browser's.</summary>
    public bool IsOriginAllowed(string? origin) =>
        string.IsNullOrEmpty(origin)
        || (RepeatedHeaders.CanRepeat(origin) && (_origins.Length == 0 || _origins.Contains("*") || _origins.Contains(origin)));

    /// <summary>Checks hub and token: who is asking?</summary>
    /// <param name="query">The request's query.</param>
    /// <param name="authorization">The <c>Authorization</c> header; it wins over the query's token.</param>
    /// <param name="address">The address that the request came to.</param>
    /// <param name="isNew">False where the request may belong to a connection that is here: it is served while the node stops.</param>
    /// <param name="isLast">False where a refused request is checked once more, and its refusal noted then.</param>
    public async ValueTask<Admission> AuthenticateAsync(
        ClientQuery query, string? authorization, RequestAddress address, bool isNew = true, bool isLast = true)
    {
        if (isNew && RefusalOfStopping() is { } stopping)
        {
            return new Admission(stopping);
        }

        if (query.HubCount != 1 || !HubName.TryParseJoined(query.Hub, out var hub))
        {
            return new Admission(new Refusal(
                StatusCodes.Status400BadRequest,
                query.HubCount > 1
                    ? "The query names more than one hub. Send 'hub' once."
                    : $"The query's 'hub' is missing or invalid. A hub's name has {HubName.Rule}"));
        }

        if (query.ForUpstream is { Length: > ClientQuery.MaxForUpstream })
        {
            return new Admission(new Refusal(
                StatusCodes.Status414UriTooLong,
                $"The query for the upstream has {query.ForUpstream.Length} characters. The limit is {ClientQuery.MaxForUpstream}."));
        }

        var token = BearerToken.Of(authorization) ?? query.AccessToken;
        var result = await tokens.ValidateAsync(token, audience => audiences.IsForClient(audience, address, hub), takesTemporaryKeys: true);
        if (result.Token is { } valid)
        {
            return Admitted(hub, ClientIdentity.From(valid), query.IsDiagnostic);
        }

        var reason = result.OtherAudience is { } other ? audiences.Refuse(other, address, logs: isLast) : result.Reason!;
        var refusal = new Refusal(StatusCodes.Status401Unauthorized, reason);
        if (isLast)
        {
            SessionTrace.Refused(trace, hub, null, query.IsDiagnostic, refusal);
        }

        return new Admission(refusal);
    }

    private static Admission Admitted(HubName hub, ClientIdentity identity, bool isDiagnostic) =>
        new(hub, identity, isDiagnostic || identity.IsDiagnostic ? ConnectionKind.Diagnostic : ConnectionKind.Client);

    /// <summary>The refusal of whatever is new while the node stops.</summary>
    public Refusal? RefusalOfStopping() => lifetime.ApplicationStopping.IsCancellationRequested ? Stopping : null;

    /// <summary>The refusal where the node or a quota leaves no room for a new client.</summary>
    public Refusal? FindNoRoom(Admission admission)
    {
        if ((capacity.Refuse(admission.Kind) ?? RefusalOfQuota(admission)) is not { } refusal)
        {
            return null;
        }

        SessionTrace.Refused(trace, admission.Hub, admission.Identity?.UserId, admission.Kind == ConnectionKind.Diagnostic, refusal);
        return refusal;
    }

    private Refusal? RefusalOfQuota(Admission admission) => quotas.Refusal(admission.Hub, admission.Kind) is { } reason
        ? new Refusal(StatusCodes.Status429TooManyRequests, reason)
        : null;

    /// <summary>Makes the connection token that negotiate answers with.</summary>
    public string CreateConnectionToken(Admission admission, bool isStateful, out string connectionId) =>
        connectionTokens.Create(table.Node, admission.Hub, admission.Identity!.UserId, isStateful, out connectionId);

    /// <summary>Finds the live connection that a token opened; who asks must be the user it was made for.</summary>
    public FoundSession? FindSession(Admission admission, string connectionToken)
    {
        if (connectionTokens.Check(connectionToken, admission.Hub, admission.Identity!.UserId).ConnectionId is not { } id)
        {
            return null;
        }

        return sessions.Find(id) is { } session ? new FoundSession(id, session)
            : table.FindHub(admission.Hub)?.Find(id) is { Transport: ClientTransports.WebSockets } ? new FoundSession(id, null)
            : null;
    }

    /// <summary>The connection that a token was made for, if it is another node's to tell whether it lives; who asks must be its user.</summary>
    public string? FindElsewhere(Admission admission, string connectionToken) => backplane.IsAlone
        ? null
        : connectionTokens.Check(connectionToken, admission.Hub, admission.Identity!.UserId).ConnectionId;

    /// <summary>True while a token is good for a new connection, unless it has been used.</summary>
    public bool MayConnect(Admission admission, string connectionToken) =>
        connectionTokens.Check(connectionToken, admission.Hub, admission.Identity!.UserId).IsValid;

    /// <summary>The answer to a transport that the token does not allow.</summary>
    public static Refusal NotAllowed(ClientTransports transport) =>
        new(StatusCodes.Status404NotFound, $"{transport} transport not supported by this end point type");

    /// <summary>Finds what a WebSocket is for: a new connection, or one whose client has come back for it, whichever node it lives on.</summary>
    public async ValueTask<(WebSocketEntry? Entry, Refusal Refusal)> TryEnterAsync(Admission admission, string? connectionToken)
    {
        var result = connectionToken is null ? default : connectionTokens.Check(connectionToken, admission.Hub, admission.Identity!.UserId);
        if (result is { IsStateful: true, ConnectionId: { } id } && statefulSessions.Find(id) is { } session)
        {
            return (new WebSocketEntry(id, IsStateful: true) { Returning = session }, default);
        }

        // First, whether it is new: most are, and ask nobody.
        var (connectionId, refusal) = await TryTakeConnectionIdAsync(admission, connectionToken);
        return connectionId is not null ? (new WebSocketEntry(connectionId, result.IsStateful), default)
            : result.IsStateful && !backplane.IsAlone ? await TryEnterElsewhereAsync(admission.Hub, result.ConnectionId!, refusal)
            : (null, refusal);
    }

    /// <summary>Finds the connection's id: a new one without a token, else the one that the token is good for, once.</summary>
    public async ValueTask<(string? ConnectionId, Refusal Refusal)> TryTakeConnectionIdAsync(Admission admission, string? connectionToken)
    {
        // Before the token is used up: it may come again.
        if (FindNoRoom(admission) is { } noRoom)
        {
            return (null, noRoom);
        }

        if (connectionToken is null)
        {
            return (ConnectionId.Create(table.Node), default);
        }

        var result = connectionTokens.Check(connectionToken, admission.Hub, admission.Identity!.UserId);
        if (result.IsValid && table.TryUseToken(result.ConnectionId!, result.Expires))
        {
            switch (await backplane.ClaimAsync(result.ConnectionId!, ConnectionToken.Lifetime))
            {
                case Claim.Granted:
                    return (result.ConnectionId, default);
                case Claim.Unknown:
                    // Its home may have let a client in with it. A client that connects again negotiates anew, and has another token. A request
                    // is asked about once more where its refusal is written.
                    table.ReturnToken(result.ConnectionId!);
                    return (null, ClientRelay.Away);
            }
        }

        // A connection that is ending stays in the table for a moment after its session has gone.
        var isHere = result.ConnectionId is { } id && table.FindHub(admission.Hub)?.Find(id) is { IsClosing: false };
        return (null, isHere ? new Refusal(StatusCodes.Status409Conflict, "") : NoSuchConnection);
    }

    private async ValueTask<(WebSocketEntry? Entry, Refusal Refusal)> TryEnterElsewhereAsync(HubName hub, string connectionId, Refusal refusal)
    {
        try
        {
            return await relay.OpenSocketAsync(hub, connectionId) is { } socket
                ? (new WebSocketEntry(connectionId, IsStateful: true) { RelayedAs = socket }, default)
                : (null, refusal);
        }
        catch (BackplaneUnavailableException)
        {
            return (null, ClientRelay.Away);
        }
    }
}

/// <summary>A live connection that a request names, and its session; null where a WebSocket carries it.</summary>
internal sealed record FoundSession(string ConnectionId, HttpSession? Session);

/// <summary>What a WebSocket is for.</summary>
/// <param name="ConnectionId">The public id.</param>
/// <param name="IsStateful">The client was promised stateful reconnect.</param>
internal sealed record WebSocketEntry(string ConnectionId, bool IsStateful)
{
    /// <summary>The connection that is here and whose client has come back; else null.</summary>
    public StatefulSession? Returning { get; init; }

    /// <summary>What this socket is called on the node where the connection lives; null where it lives here.</summary>
    public string? RelayedAs { get; init; }
}

/// <summary>An HTTP status and a text for a client that is not let in.</summary>
internal readonly record struct Refusal(int Status, string Text)
{
    /// <summary>The node is full; another may not be, and this one may have room in a moment.</summary>
    public static readonly Refusal Full = new(StatusCodes.Status429TooManyRequests, ClientCapacity.Text) { RetryAfterSeconds = 5 };

    /// <summary>When to come again; null where the answer does not say.</summary>
    public int? RetryAfterSeconds { get; init; }
}

/// <summary>The outcome of authentication: hub and identity, or the refusal.</summary>
internal readonly struct Admission
{
    public Admission(Refusal refusal) => Refusal = refusal;

    public Admission(HubName hub, ClientIdentity identity, ConnectionKind kind)
    {
        Hub = hub;
        Identity = identity;
        Kind = kind;
    }

    public HubName Hub { get; }

    /// <summary>Null if refused.</summary>
    public ClientIdentity? Identity { get; }

    /// <summary>What the connection is counted as.</summary>
    public ConnectionKind Kind { get; }

    public Refusal Refusal { get; }
}
