namespace Serverless.Hubs;

/// <summary>
/// Demands something of the users that connect to a hub and call it, or that call one method. Everything that one attribute names must
/// hold, and so must every attribute; without any name the user must be known.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class HubAuthorizeAttribute : Attribute
{
    /// <summary>Roles, of which the user must have one.</summary>
    public string[]? Roles { get; init; }

    /// <summary>The type of a claim that the user must have.</summary>
    public string? Claim { get; init; }

    /// <summary>Values, of which <see cref="Claim"/> must have one; any will do if none is given.</summary>
    public string[]? Values { get; init; }

    /// <summary>The name of one of <see cref="ServerlessHubsOptions.Policies"/>, which must say yes.</summary>
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

/// <summary>Decides whether a caller may go on.</summary>
public delegate ValueTask<bool> HubPolicy(HubAuthorizationContext context);

/// <summary>What a policy decides about.</summary>
/// <param name="Caller">Who calls or connects.</param>
/// <param name="HubMethodName">The method, or null when a client connects.</param>
/// <param name="ServiceProvider">The services of the call's scope.</param>
public sealed record HubAuthorizationContext(HubCallerContext Caller, string? HubMethodName, IServiceProvider ServiceProvider);
