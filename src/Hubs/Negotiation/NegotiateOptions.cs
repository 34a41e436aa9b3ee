using System.Security.Claims;

namespace Serverless.Hubs;

/// <summary>Who may connect, for how long, and what the gateway shall know of the client.</summary>
public sealed class NegotiateOptions
{
    /// <summary>
    /// Options for a user that has been signed in: by the platform (<see cref="PlatformPrincipal"/>), or by the app's own authentication
    /// of bearer tokens or cookies (<c>HttpContext.User</c>). Null, which refuses the client, if nobody is.
    /// </summary>
    /// <param name="user">The user; its id is the claim of the name identifier, or <c>oid</c>, or <c>sub</c>.</param>
    public static NegotiateOptions? ForUser(ClaimsPrincipal? user)
    {
        if (user is not { Identity.IsAuthenticated: true })
        {
            return null;
        }

        string[] ids = [ClaimTypes.NameIdentifier, "http://schemas.microsoft.com/identity/claims/objectidentifier", "oid", "sub"];
        return ids.Select(user.FindFirst).FirstOrDefault(claim => claim is not null) is { } id
            ? new NegotiateOptions { UserId = id.Value, Claims = user.Claims.Where(claim => !ids.Contains(claim.Type)) }
            : null;
    }

    /// <summary>The hub's name. May be left out where the endpoint is mapped for one hub.</summary>
    public string? Hub { get; init; }

    /// <summary>The user's id; none for an anonymous client.</summary>
    public string? UserId { get; init; }

    /// <summary>Claims that hub logic will see. Those that begin with <c>asrs.s.</c> are the gateway's own and left out.</summary>
    public IEnumerable<Claim> Claims { get; init; } = [];

    /// <summary>How long the token is valid.</summary>
    /// <value>Default 1 hour, as the SDK's.</value>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether the connection is closed when the token expires.</summary>
    public bool CloseOnAuthenticationExpiration { get; init; }

    /// <summary>Whether the client may see error details.</summary>
    public bool EnableDetailedErrors { get; init; }

    /// <summary>Whether the client's traffic is traced.</summary>
    public bool IsDiagnosticClient { get; init; }
}
