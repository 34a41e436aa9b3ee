using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Hubs.Dispatch;

namespace Serverless.Hubs.Negotiation;

/// <summary>
/// Answers a client's negotiate request with the gateway's URL and an access token, as an app with <c>AddAzureSignalR()</c> does: the token
/// carries the user id of the app's <see cref="IUserIdProvider"/> and the claims of the request's user.
/// </summary>
internal sealed class NegotiateHandler(
    Negotiator negotiator,
    IUserIdProvider userIds,
    IOptions<ServerlessHubsOptions> options,
    ILoggerFactory loggers)
{
    private const string NegotiateVersion = "negotiateVersion";

    public async Task HandleAsync(HttpContext context, Type hubType, string hubName, bool enableDetailedErrors)
    {
        var negotiate = new NegotiateContext(context, hubType, Options(context, hubName, enableDetailedErrors));
        if (options.Value.OnNegotiate is { } configure)
        {
            await configure(negotiate);
        }

        context.Response.Headers.CacheControl = "no-store";
        if (negotiate.Refusal is { } refusal)
        {
            context.Response.StatusCode = refusal.Status;
            if (refusal.Reason is not null)
            {
                await context.Response.WriteAsync(refusal.Reason, context.RequestAborted);
            }

            return;
        }

        await context.Response.WriteAsJsonAsync(
            negotiator.Negotiate(negotiate.Options, hubName),
            NegotiateJsonContext.Default.NegotiateResponse,
            cancellationToken: context.RequestAborted);
    }

    private NegotiateOptions Options(HttpContext context, string hubName, bool enableDetailedErrors)
    {
        var user = context.User;
        var identity = user.Identity as ClaimsIdentity;
        return new NegotiateOptions
        {
            Hub = hubName,
            UserId = userIds.GetUserId(ConnectionOf(context)),
            Claims = [.. user.Claims],
            AuthenticationType = identity?.IsAuthenticated == true ? identity.AuthenticationType : null,
            NameClaimType = identity is { IsAuthenticated: true, NameClaimType: not ClaimsIdentity.DefaultNameClaimType } ? identity.NameClaimType : null,
            RoleClaimType = identity is { IsAuthenticated: true, RoleClaimType: not ClaimsIdentity.DefaultRoleClaimType } ? identity.RoleClaimType : null,
            Query = Query(context.Request),
            AuthenticationExpires = context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc,
            EnableDetailedErrors = enableDetailedErrors,
        };
    }

    // asrs.op=/chat&room=7      the path that the client was given, and its query, as the service's SDK writes them
    private static string Query(HttpRequest request)
    {
        const string Suffix = "/negotiate";
        var path = request.Path.Value ?? "";
        var original = path.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) ? path[..^Suffix.Length] : path;
        var kept = QueryHelpers.ParseQuery(request.QueryString.Value).Where(static pair =>
            !pair.Key.Equals(NegotiateVersion, StringComparison.OrdinalIgnoreCase)
            && !pair.Key.Equals("hub", StringComparison.OrdinalIgnoreCase)
            && !pair.Key.Equals(Caller.OriginalPath, StringComparison.OrdinalIgnoreCase));
        return QueryString.Create(kept).Add(Caller.OriginalPath, original).Value![1..];
    }

    // A user id provider is given a connection; that of the request is not one yet.
    private HubConnectionContext ConnectionOf(HttpContext context)
    {
        var connection = new DefaultConnectionContext(context.TraceIdentifier);
        connection.Features.Set<IConnectionUserFeature>(new RequestFeatures(context));
        connection.Features.Set<IHttpContextFeature>(new RequestFeatures(context));
        return new HubConnectionContext(connection, new HubConnectionContextOptions(), loggers);
    }

    private sealed class RequestFeatures(HttpContext context) : IConnectionUserFeature, IHttpContextFeature
    {
        public ClaimsPrincipal? User { get; set; } = context.User;

        [AllowNull]
        public HttpContext HttpContext { get; set; } = context;
    }
}
