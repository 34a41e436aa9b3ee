using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Clients;
using Serverless.Gateway.Clients.WebSockets;
using Serverless.Gateway.Management;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Admin.Live;

/// <summary>
/// <c>/admin/live</c>: the gateway's own hub, over the gateway's own negotiation and WebSockets. Who may call the admin API may view;
/// the token's audience is <c>…/admin/live</c>, for negotiation too, as hub clients have one token for both.
/// </summary>
internal sealed class LiveEndpoint(RestAccess access, ClientAdmission admission, WebSocketConnector connector)
{
    private static readonly RequestTarget Target = RequestTarget.Parse("/admin/live");

    public async Task NegotiateAsync(HttpContext context)
    {
        await Task.Yield();
        var query = ClientQuery.Parse(context.Request.QueryString.Value ?? "").WithoutAccessToken();
        if (await AuthenticateAsync(context, query) is var (admitted, error) && error is null)
        {
            await NegotiateEndpoint.AnswerAsync(context, query, admitted, admission);
        }
        else
        {
            await ErrorResponses.WriteAsync(context, error, isVersion1: false);
        }
    }

    public async Task ConnectAsync(HttpContext context)
    {
        await Task.Yield();
        await WebSocketEndpoint.HandleAsync(context, admission, connector, async query =>
            await AuthenticateAsync(context, query) is var (admitted, error) && error is null
                ? admitted
                : new Admission(new Refusal(error.Status, error.Message)));
    }

    // No look at the origin: the token is what counts, and no browser adds it by itself.
    private async ValueTask<(Admission Admission, RestError? Error)> AuthenticateAsync(HttpContext context, ClientQuery query)
    {
        if (admission.RefusalOfStopping() is { } stopping)
        {
            return (default, new RestError(stopping.Status, ErrorCodes.Unavailable, stopping.Text));
        }

        var token = BearerToken.Of(context.Request.Headers.Authorization) ?? query.AccessToken;
        var allowed = await access.CheckAsync(context, token, Target, EntraRights.Read);
        return allowed.IsAllowed
            ? (new Admission(HubName.Gateway, ClientIdentity.Viewer, ConnectionKind.LiveTrace), null)
            : (default, RestError.Refused(allowed));
    }
}
