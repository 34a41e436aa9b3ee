using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Dispatch;

namespace Serverless.Hubs.Registration;

/// <summary>
/// Decides by the <c>[Authorize]</c> attributes of a hub class whether a caller may use the hub. In process the endpoint decides once per
/// connection; here each request stands alone. Attributes of methods are left to the framework.
/// </summary>
internal sealed class HubAccess(Type hubType, IAuthorizationPolicyProvider policies)
{
    private readonly IAuthorizeData[] _demands = [.. Attributes(hubType).OfType<IAuthorizeData>()];

    private readonly AuthorizationPolicy? _own = Requirements(hubType);

    /// <summary>Gets a value that indicates whether the hub class has an attribute that restricts its users.</summary>
    public bool IsRestricted => _demands.Length > 0 || _own is not null;

    /// <summary>Checks that the policies which the hub and its methods name exist, as the framework would leave such a call without an answer.</summary>
    /// <exception cref="InvalidOperationException">A policy is missing.</exception>
    public static void Validate(Type hubType, HubMethods methods, IAuthorizationPolicyProvider policies)
    {
        foreach (var (place, demand) in methods.All.Select(static method => ($".{method.Name}", (MemberInfo)method)).Prepend(("", hubType))
            .SelectMany(static place => place.Item2.GetCustomAttributes(inherit: true).OfType<IAuthorizeData>().Select(demand => (place.Item1, demand))))
        {
            if (!string.IsNullOrEmpty(demand.Policy) && policies.GetPolicyAsync(demand.Policy).GetAwaiter().GetResult() is null)
            {
                throw new InvalidOperationException(
                    $"{hubType}{place} names the policy '{demand.Policy}', which does not exist; add it with services.AddAuthorization().");
            }
        }
    }

    /// <summary>Returns the HTTP status that refuses the caller: 401 without a user, 403 with one; 0 when the caller is allowed.</summary>
    public async ValueTask<int> RefusalAsync(Caller caller, IServiceProvider services)
    {
        var policy = (await AuthorizationPolicy.CombineAsync(policies, _demands), _own) switch
        {
            ({ } named, { } own) => AuthorizationPolicy.Combine(named, own),
            var (named, own) => named ?? own,
        };
        var authorization = services.GetRequiredService<IAuthorizationService>();
        var result = await authorization.AuthorizeAsync(caller.User, caller.CreateHttpContext(), policy!);
        return result.Succeeded ? 0 : caller.User.Identity?.IsAuthenticated == true ? 403 : 401;
    }

    private static object[] Attributes(Type hubType) =>
        hubType.GetCustomAttributes(inherit: true) is var attributes && attributes.OfType<IAllowAnonymous>().Any() ? [] : attributes;

    // Attributes that are requirements themselves, without a policy.
    private static AuthorizationPolicy? Requirements(Type hubType) =>
        Attributes(hubType).OfType<IAuthorizationRequirementData>().SelectMany(static data => data.GetRequirements()).ToArray() is { Length: > 0 } own
            ? new AuthorizationPolicyBuilder().AddRequirements(own).Build()
            : null;
}
