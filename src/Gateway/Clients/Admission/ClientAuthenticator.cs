using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Observability.LiveTracing;

namespace Serverless.Gateway.Clients.Admission;

/// <summary>
/// Authenticates client requests. Every request passes the same checks in the same order, for every transport: the node is not stopping,
/// the query is valid, the access token is valid, the token allows the transport, and the connection token is present where one is needed.
/// </summary>
internal sealed class ClientAuthenticator(TokenValidator tokens, Audiences audiences, AdmissionControl control, LiveTrace trace)
{
    public async ValueTask<AuthenticationResult> AuthenticateAsync(ClientRequest request)
    {
        if (request.IsNew && control.RefusalOfStopping() is { } stopping)
        {
            return new AuthenticationResult(stopping);
        }

        var query = request.Query;
        if (!TryReadHub(query, out var hub, out var refusal))
        {
            return new AuthenticationResult(refusal);
        }

        var token = BearerToken.Of(request.Authorization) ?? query.AccessToken;
        var result = await tokens.ValidateAsync(token, audience => audiences.IsForClient(audience, request.Address, hub), takesTemporaryKeys: true);
        if (result.Token is not { } valid)
        {
            return new AuthenticationResult(RefuseToken(request, hub, result));
        }

        var identity = ClientIdentity.From(valid);
        if (request.Transport is { } transport && !identity.Transports.HasFlag(transport))
        {
            return new AuthenticationResult(Refusal.NotAllowed(transport));
        }

        if (request.NeedsConnectionToken && query.ConnectionToken is null)
        {
            return new AuthenticationResult(Refusal.TokenRequired);
        }

        var kind = query.IsDiagnostic || identity.IsDiagnostic ? ConnectionKind.Diagnostic : ConnectionKind.Client;
        return new AuthenticationResult(new AuthenticatedClient(hub, identity, kind));
    }

    private static bool TryReadHub(in ClientQuery query, out HubName hub, out Refusal refusal)
    {
        refusal = default;
        if (!HubName.TryParseJoined(query.Hub, out hub) || query.HubCount != 1)
        {
            refusal = new Refusal(
                StatusCodes.Status400BadRequest,
                query.HubCount > 1
                    ? "The query names more than one hub. Send 'hub' once."
                    : $"The query's 'hub' is missing or invalid. A hub's name has {HubName.Rule}");
            return false;
        }

        if (query.ForUpstream is { Length: > ClientQuery.MaxForUpstream })
        {
            refusal = new Refusal(
                StatusCodes.Status414UriTooLong,
                $"The query for the upstream has {query.ForUpstream.Length} characters. The limit is {ClientQuery.MaxForUpstream}.");
            return false;
        }

        return true;
    }

    private Refusal RefuseToken(ClientRequest request, HubName hub, TokenResult result)
    {
        var reason = result.OtherAudience is { } other ? audiences.Refuse(other, request.Address, logs: request.ReportsRefusal) : result.Reason!;
        var refusal = new Refusal(StatusCodes.Status401Unauthorized, reason);
        if (request.ReportsRefusal)
        {
            AdmissionLiveTrace.Refused(trace, hub, userId: null, request.Query.IsDiagnostic, refusal);
        }

        return refusal;
    }
}
