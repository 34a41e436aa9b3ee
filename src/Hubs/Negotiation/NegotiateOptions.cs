using System.Security.Claims;

namespace Serverless.Hubs;

/// <summary>Represents the options of a negotiate response: the client's identity, its token and the gateway's treatment of the connection.</summary>
public sealed class NegotiateOptions
{
    /// <summary>
    /// Creates options for a signed-in user, from the platform's authentication (<see cref="PlatformPrincipal"/>) or from the app's own
    /// authentication with bearer tokens or cookies (<c>HttpContext.User</c>).
    /// </summary>
    /// <param name="user">The user. Its id is the name identifier claim, or <c>oid</c>, or <c>sub</c>.</param>
    /// <returns>The options, or null, which refuses the client, when no user is signed in.</returns>
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

    /// <summary>Gets the hub's name. Optional where the endpoint is mapped for one hub.</summary>
    public string? Hub { get; init; }

    /// <summary>Gets the user id, or null for an anonymous client.</summary>
    public string? UserId { get; init; }

    /// <summary>Gets the claims that hubs see. Claims whose type begins with <c>asrs.s.</c> are reserved for the gateway and left out.</summary>
    public IEnumerable<Claim> Claims { get; init; } = [];

    /// <summary>Gets the lifetime of the token.</summary>
    /// <value>Default 1 hour, as in the SDK of Azure SignalR Service.</value>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Gets a value that indicates whether the connection is closed when the token expires.</summary>
    public bool CloseOnAuthenticationExpiration { get; init; }

    /// <summary>Gets a value that indicates whether the client receives detailed error messages.</summary>
    public bool EnableDetailedErrors { get; init; }

    /// <summary>Gets a value that indicates whether the gateway logs every event of the client's connection.</summary>
    public bool IsDiagnosticClient { get; init; }
}
