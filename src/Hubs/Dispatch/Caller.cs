using System.Diagnostics;
using System.Security.Claims;
using Microsoft.AspNetCore.WebUtilities;
using Serverless.Protocol;

namespace Serverless.Hubs.Dispatch;

/// <summary>Reads the caller from an upstream request's headers.</summary>
internal static class Caller
{
    public static HubCallerContext Read(UpstreamRequest request, string hubName, string connectionId, CancellationToken cancellationToken)
    {
        var userId = request.Text(UpstreamHeaders.UserId);
        return new HubCallerContext
        {
            ConnectionId = connectionId,
            HubName = hubName,
            UserIdentifier = string.IsNullOrEmpty(userId) ? null : userId,
            User = User(userId, UserClaimsHeader.Parse(request.Header(UpstreamHeaders.UserClaims), request.IsEncoded(UpstreamHeaders.UserClaims))),
            Query = QueryHelpers.ParseQuery(request.Text(UpstreamHeaders.ClientQuery)),
            RequestAborted = cancellationToken,
            Trace = ActivityContext.TryParse(request.Header("traceparent"), request.Header("tracestate"), isRemote: true, out var trace) ? trace : default,
        };
    }

    private static ClaimsPrincipal User(string? userId, IReadOnlyList<KeyValuePair<string, string>> claims)
    {
        var own = claims
            .Where(claim => !ServiceClaims.IsSystem(claim.Key))
            .Select(claim => new Claim(ServiceClaims.Exposed(claim.Key), claim.Value))
            .ToList();
        var authenticationType = own.Count > 0 || !string.IsNullOrEmpty(userId)
            ? System(ServiceClaims.AuthenticationType) ?? "Bearer"
            : null;
        return new ClaimsPrincipal(new ClaimsIdentity(
            own,
            authenticationType,
            System(ServiceClaims.NameType) ?? Known(ClaimTypes.Name, "name"),
            System(ServiceClaims.RoleType) ?? Known(ClaimTypes.Role, "role")));

        string? System(string type) => claims.FirstOrDefault(claim => claim.Key == type).Value;

        // Token libraries write either the long name or the short one.
        string Known(string longType, string shortType) => own.Exists(claim => claim.Type == longType) ? longType : shortType;
    }
}
