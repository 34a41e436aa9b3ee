using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Endpoints;
using Serverless.Gateway.Management;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Admin.Live;

/// <summary>
/// Serves <c>/admin/live</c>, the gateway's own hub, over the gateway's own negotiation and WebSockets. A token of the admin API admits a
/// viewer; its audience is <c>…/admin/live</c>, for negotiation too, as hub clients use one token for both.
/// </summary>
internal sealed class LiveEndpoint(RestAccess access, AdmissionControl control, NegotiateEndpoint negotiate, WebSocketEndpoint webSockets)
{
    private static readonly RequestTarget Target = RequestTarget.Parse("/admin/live");
    private static readonly AuthenticatedClient Viewer = new(HubName.Gateway, ClientIdentity.Viewer, ConnectionKind.LiveTrace);

    public async Task NegotiateAsync(HttpContext context)
    {
        await Task.Yield();
        var query = ClientQuery.Parse(context.Request.QueryString.Value ?? "").WithoutAccessToken();
        if (await RefuseAsync(context, query) is { } error)
        {
            await ErrorResponses.WriteAsync(context, error, isVersion1: false);
        }
        else
        {
            await negotiate.AnswerAsync(context, query, Viewer);
        }
    }

    public async Task ConnectAsync(HttpContext context)
    {
        await Task.Yield();
        await webSockets.HandleAsync(context, async query => await RefuseAsync(context, query) is { } error
            ? new AuthenticationResult(new Refusal(error.Status, error.Message))
            : new AuthenticationResult(Viewer));
    }

    // The origin is not checked: access depends on the token, which no browser adds by itself.
    private async ValueTask<RestError?> RefuseAsync(HttpContext context, ClientQuery query)
    {
        if (control.RefusalOfStopping() is { } stopping)
        {
            return new RestError(stopping.Status, ErrorCodes.Unavailable, stopping.Text);
        }

        var token = BearerToken.Of(context.Request.Headers.Authorization) ?? query.AccessToken;
        var allowed = await access.CheckAsync(context, token, Target, EntraRights.Read);
        return allowed.IsAllowed ? null : RestError.Refused(allowed);
    }
}
