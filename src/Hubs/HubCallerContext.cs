using System.Diagnostics;
using System.Security.Claims;
using Microsoft.Extensions.Primitives;

namespace Serverless.Hubs;

/// <summary>Represents the context of the client that called a hub, as the gateway's request describes it.</summary>
public sealed class HubCallerContext
{
    /// <summary>Gets the public connection id of the caller.</summary>
    public required string ConnectionId { get; init; }

    /// <summary>Gets the hub's name on the wire.</summary>
    public required string HubName { get; init; }

    /// <summary>Gets the user id, or null for an anonymous client.</summary>
    public string? UserIdentifier { get; init; }

    /// <summary>Gets the user with its claims, without the claims of the token itself and of the gateway. Never null.</summary>
    public ClaimsPrincipal User { get; init; } = new(new ClaimsIdentity());

    /// <summary>Gets the query of the request with which the client connected. Names are compared without case.</summary>
    public IReadOnlyDictionary<string, StringValues> Query { get; init; } = new Dictionary<string, StringValues>();

    /// <summary>Gets a token that is cancelled when the gateway no longer waits for this request.</summary>
    public CancellationToken RequestAborted { get; init; }

    /// <summary>Gets the trace context of the gateway's request; default if the request carries none.</summary>
    internal ActivityContext Trace { get; init; }
}
