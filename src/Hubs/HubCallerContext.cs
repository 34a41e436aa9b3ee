using System.Diagnostics;
using System.Security.Claims;
using Microsoft.Extensions.Primitives;

namespace Serverless.Hubs;

/// <summary>Who called a hub, as the gateway told it.</summary>
public sealed class HubCallerContext
{
    /// <summary>The caller's public connection id.</summary>
    public required string ConnectionId { get; init; }

    /// <summary>The hub's name as the wire carries it.</summary>
    public required string HubName { get; init; }

    /// <summary>The user's id, or null for an anonymous client.</summary>
    public string? UserIdentifier { get; init; }

    /// <summary>The user's claims, without those that are the token's or the gateway's own. Never null.</summary>
    public ClaimsPrincipal User { get; init; } = new(new ClaimsIdentity());

    /// <summary>The query of the request with which the client connected; names are matched without case.</summary>
    public IReadOnlyDictionary<string, StringValues> Query { get; init; } = new Dictionary<string, StringValues>();

    /// <summary>Cancelled when the gateway no longer waits for this request.</summary>
    public CancellationToken RequestAborted { get; init; }

    /// <summary>The trace that the gateway's request is part of; default if it said none.</summary>
    internal ActivityContext Trace { get; init; }
}
