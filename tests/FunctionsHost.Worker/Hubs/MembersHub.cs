using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.FunctionsHost.Worker.Hubs;

/// <summary>A hub for users with a role, who negotiate with the app's own authentication.</summary>
[Authorize(Roles = "member")]
internal sealed class MembersHub : Hub
{
    public string? Whoami() => Context.UserIdentifier;
}
