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
    private readonly IAuthorizeData[] _demands = hubType.IsDefined(typeof(AllowAnonymousAttribute), inherit: true)
        ? []
        : [.. hubType.GetCustomAttributes(inherit: true).OfType<IAuthorizeData>()];

    /// <summary>Gets a value that indicates whether the hub class has an <c>[Authorize]</c> attribute that counts.</summary>
    public bool IsRestricted => _demands.Length > 0;

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
        var policy = await AuthorizationPolicy.CombineAsync(policies, _demands);
        var authorization = services.GetRequiredService<IAuthorizationService>();
        var result = await authorization.AuthorizeAsync(caller.User, caller.CreateHttpContext(), policy!);
        return result.Succeeded ? 0 : caller.User.Identity?.IsAuthenticated == true ? 403 : 401;
    }
}
