using System.Diagnostics;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Serverless.Protocol;

namespace Serverless.Hubs.Dispatch;

/// <summary>Represents the client that an upstream request is about, read from the request's headers.</summary>
internal sealed class Caller
{
    /// <summary>The query parameter in which the negotiate endpoint keeps the path that the client was given, as the service's SDK does.</summary>
    public const string OriginalPath = "asrs.op";

    private readonly UpstreamRequest _request;
    private ClaimsPrincipal? _user;

    public Caller(UpstreamRequest request, string connectionId, CancellationToken requestAborted)
    {
        _request = request;
        ConnectionId = connectionId;
        RequestAborted = requestAborted;
        UserIdentifier = request.Text(UpstreamHeaders.UserId) is { Length: > 0 } userId ? userId : null;
    }

    public string ConnectionId { get; }

    public string? UserIdentifier { get; }

    public CancellationToken RequestAborted { get; }

    /// <summary>Gets the trace context that the gateway sent; the default if there is none.</summary>
    public ActivityContext Trace =>
        ActivityContext.TryParse(_request.Header("traceparent"), _request.Header("tracestate"), isRemote: true, out var trace) ? trace : default;

    public ClaimsPrincipal User => _user ??= ReadUser();

    /// <summary>Returns the same caller with another token that ends the handling.</summary>
    public Caller With(CancellationToken requestAborted) => new(_request, ConnectionId, requestAborted);

    /// <summary>Creates the client's request: its path, query and user, and the services of the upstream request.</summary>
    public HttpContext CreateHttpContext()
    {
        var query = QueryHelpers.ParseQuery(_request.Text(UpstreamHeaders.ClientQuery));
        var path = query.Remove(OriginalPath, out var original) && original.ToString() is ['/', ..] kept ? kept : "/";
        var context = new DefaultHttpContext { User = User, RequestAborted = RequestAborted };
        if (_request.Services is { } services)
        {
            context.RequestServices = services;
        }

        context.Request.Method = HttpMethods.Get;
        context.Request.Path = path;
        context.Request.QueryString = QueryString.Create(query);
        return context;
    }

    private ClaimsPrincipal ReadUser()
    {
        if (UserIdentifier is null && string.IsNullOrEmpty(_request.Header(UpstreamHeaders.UserClaims)))
        {
            return new ClaimsPrincipal(new ClaimsIdentity());
        }

        var claims = UserClaimsHeader.Parse(_request.Header(UpstreamHeaders.UserClaims), _request.IsEncoded(UpstreamHeaders.UserClaims));
        var own = claims
            .Where(claim => !ServiceClaims.IsSystem(claim.Key))
            .Select(claim => new Claim(ServiceClaims.Exposed(claim.Key), claim.Value))
            .ToList();
        var authenticationType = own.Count > 0 || UserIdentifier is not null
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
