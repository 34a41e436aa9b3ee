using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.Hubs.Tests.Hubs;

/// <summary>A hub that requires authorization.</summary>
[Authorize]
internal sealed class GuardedHub : Hub
{
    public string Open() => "open";

    [Authorize(Roles = "admin,owner")]
    public string ForRoles() => "role";

    [Authorize(Policy = "team")]
    public string ForTeam() => "team";

    [Authorize(Policy = "even")]
    public string ForPolicy() => "policy";
}
