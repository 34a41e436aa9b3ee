namespace Serverless.Hubs.Tests.Hubs;

/// <summary>A hub that requires authorization.</summary>
[HubAuthorize]
internal sealed class GuardedHub : Hub
{
    public string Open() => "open";

    [HubAuthorize(Roles = ["admin", "owner"])]
    public string ForRoles() => "role";

    [HubAuthorize(Claim = "team", Values = ["red"])]
    public string ForTeam() => "team";

    [HubAuthorize(Policy = "even")]
    public string ForPolicy() => "policy";
}
