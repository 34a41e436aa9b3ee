namespace Serverless.Hubs;

/// <summary>
/// Specifies that a hub, or one hub method, requires authorization. On a hub it applies to connecting and to every call.
/// </summary>
/// <remarks>
/// A caller must meet every attribute, and every requirement within an attribute. An attribute without requirements demands an
/// authenticated user.
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class HubAuthorizeAttribute : Attribute
{
    /// <summary>Gets the roles of which the user must have at least one.</summary>
    public string[]? Roles { get; init; }

    /// <summary>Gets the type of a claim that the user must have.</summary>
    public string? Claim { get; init; }

    /// <summary>Gets the accepted values of <see cref="Claim"/>; any value is accepted when null.</summary>
    public string[]? Values { get; init; }

    /// <summary>Gets the name of a policy in <see cref="ServerlessHubsOptions.Policies"/> that must allow the caller.</summary>
    public string? Policy { get; init; }

    internal async ValueTask<bool> IsMetAsync(HubAuthorizationContext context, IReadOnlyDictionary<string, HubPolicy> policies)
    {
        var user = context.Caller.User;
        return user.Identity?.IsAuthenticated == true
            && (Roles is null || Roles.Any(user.IsInRole))
            && (Claim is null || user.HasClaim(claim =>
                claim.Type == Claim && (Values is null || Values.Contains(claim.Value, StringComparer.Ordinal))))
            && (Policy is null || await policies[Policy](context));
    }
}

/// <summary>Represents a method that decides whether a caller is authorized.</summary>
/// <param name="context">The caller and the hub method.</param>
/// <returns>True when the caller is authorized.</returns>
public delegate ValueTask<bool> HubPolicy(HubAuthorizationContext context);

/// <summary>Represents the input of a <see cref="HubPolicy"/>.</summary>
/// <param name="Caller">The client that calls or connects.</param>
/// <param name="HubMethodName">The name of the hub method, or null when a client connects.</param>
/// <param name="ServiceProvider">The services of the request's scope.</param>
public sealed record HubAuthorizationContext(HubCallerContext Caller, string? HubMethodName, IServiceProvider ServiceProvider);
