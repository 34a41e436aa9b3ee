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

        var ids = PlatformPrincipal.IdTypes;
        return ids.Select(user.FindFirst).FirstOrDefault(claim => claim is not null) is { } id
            ? new NegotiateOptions { UserId = id.Value, Claims = [.. user.Claims.Where(claim => !ids.Contains(claim.Type))] }
            : null;
    }

    /// <summary>Gets or sets the hub's name. Optional where the endpoint is mapped for one hub.</summary>
    public string? Hub { get; set; }

    /// <summary>Gets or sets the user id, or null for an anonymous client.</summary>
    public string? UserId { get; set; }

    /// <summary>Gets or sets the claims that hubs see. Claims whose type begins with <c>asrs.s.</c> are reserved for the gateway and left out.</summary>
    public IList<Claim> Claims { get; set; } = [];

    /// <summary>Gets or sets the type of the user's authentication, which hubs see as <c>Context.User.Identity.AuthenticationType</c>.</summary>
    /// <value>Default <c>Bearer</c>, when null.</value>
    public string? AuthenticationType { get; set; }

    /// <summary>Gets or sets the type of the claim that holds the user's name.</summary>
    /// <value>Default the type that the claims have: that of .NET or <c>name</c>, when null.</value>
    public string? NameClaimType { get; set; }

    /// <summary>Gets or sets the type of the claims that hold the user's roles.</summary>
    /// <value>Default the type that the claims have: that of .NET or <c>role</c>, when null.</value>
    public string? RoleClaimType { get; set; }

    /// <summary>Gets or sets the query that hubs read by <c>Context.GetHttpContext()</c>, without <c>?</c>.</summary>
    /// <value>Default empty.</value>
    public string Query { get; set; } = "";

    /// <summary>Gets or sets the lifetime of the token.</summary>
    /// <value>Default 1 hour, as in the SDK of Azure SignalR Service.</value>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets or sets the time at which the user's sign-in at the app expires, which is reported to the client; null if it does not.</summary>
    public DateTimeOffset? AuthenticationExpires { get; set; }

    /// <summary>
    /// Gets or sets a value that indicates whether the connection is closed when the user's sign-in expires, or else when the token expires.
    /// </summary>
    public bool CloseOnAuthenticationExpiration { get; set; }

    /// <summary>Gets or sets a value that indicates whether the client receives detailed error messages.</summary>
    public bool EnableDetailedErrors { get; set; }

    /// <summary>Gets or sets a value that indicates whether the gateway logs every event of the client's connection.</summary>
    public bool IsDiagnosticClient { get; set; }
}
