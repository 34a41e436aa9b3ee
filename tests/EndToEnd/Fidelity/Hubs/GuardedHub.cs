using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.EndToEnd.Fidelity.Hubs;

/// <summary>A hub for users only.</summary>
[Authorize]
public sealed class GuardedHub : Hub
{
    public string? Name() => Context.User?.Identity?.Name;

    [Authorize(Roles = "editor,owner")]
    public string ForRoles() => "for roles";

    [Authorize(Policy = "blue")]
    public string ForPolicy() => "for policy";

    [Authorize(Policy = "small")]
    public string ForSmallNumbers(int number) => $"for {number}";

    [Authorize(Roles = "editor")]
    [Authorize(Policy = "blue")]
    public string ForBoth() => "for both";

    [Authorize(Roles = "editor")]
    public async IAsyncEnumerable<int> StreamForRoles()
    {
        await Task.Yield();
        yield return 1;
    }

    [AllowAnonymous]
    public string Anyone() => "anyone";
}

/// <summary>A hub for those who fulfil a policy.</summary>
[Authorize(Policy = "blue")]
public sealed class BlueHub : Hub
{
    public string Blue() => "blue";
}

/// <summary>A hub that anyone may connect to, with a method for users.</summary>
public sealed class OpenHub : Hub
{
    public string Anyone() => "anyone";

    [Authorize]
    public string ForUsers() => "for users";

    public string? UserIdentifier() => Context.UserIdentifier;

    public bool IsAuthenticated() => Context.User?.Identity?.IsAuthenticated == true;

    public bool IsInRole(string role) => Context.User!.IsInRole(role);

    public string[] Claims() =>
        [.. Context.User!.Claims.Select(claim => $"{claim.Type}={claim.Value}").Order(StringComparer.Ordinal)];

    public string? AuthenticationType() => Context.User!.Identity!.AuthenticationType;

    public string? FirstName() => Context.User!.FindFirstValue(ClaimTypes.Name);
}

/// <summary>A requirement about the arguments of a call: a number below ten.</summary>
public sealed class SmallNumberRequirement : AuthorizationHandler<SmallNumberRequirement, HubInvocationContext>, IAuthorizationRequirement
{
    protected override Task HandleRequirementAsync(
        AuthorizationHandlerContext context, SmallNumberRequirement requirement, HubInvocationContext resource)
    {
        if (resource.HubMethodArguments is [int and < 10])
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}
