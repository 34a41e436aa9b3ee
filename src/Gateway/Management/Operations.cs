using Serverless.Gateway.Addressing;
using Serverless.Gateway.Routing;

namespace Serverless.Gateway.Management;

/// <summary>Runs the REST operations, after path, token and names are checked (docs/contract/rest-api.md#operations).</summary>
internal sealed class Operations(
    Router router, UserGroups userGroups, ClientCallOperations clientCalls, TokenOperations tokens, GroupListing groups, ExecuteOperation execute)
{
    private const int Done = StatusCodes.Status200OK;
    private const int Accepted = StatusCodes.Status202Accepted;
    private const int NoContent = StatusCodes.Status204NoContent;

    public ClientCallOperations ClientCalls { get; } = clientCalls;

    public TokenOperations Tokens { get; } = tokens;

    public GroupListing Groups { get; } = groups;

    public ExecuteOperation Execute { get; } = execute;

    public ValueTask<RestResult> SendToAllAsync(RestCall call) => SendAsync(call, Target.All(call.Excluded));

    public ValueTask<RestResult> SendToUserAsync(RestCall call) => SendAsync(call, Target.User(call.User!));

    public ValueTask<RestResult> SendToGroupAsync(RestCall call) => SendAsync(call, Target.Group(call.Group!, call.Excluded));

    public ValueTask<RestResult> SendToConnectionAsync(RestCall call) => SendAsync(call, Target.Connection(call.ConnectionId));

    public ValueTask<RestResult> SendToUsersAsync(RestCall call) => SendAsync(call, [.. call.Names.Select(static name => Target.User(name))]);

    public ValueTask<RestResult> SendToGroupsAsync(RestCall call) =>
        SendAsync(call, [.. call.Names.Select(static name => Target.Group(name, []))]);

    public async ValueTask<RestResult> ConnectionExistsAsync(RestCall call) =>
        await router.ExistsAsync(call.Hub, Target.Connection(call.ConnectionId)) ? Done : NoSuchConnection(call);

    public async ValueTask<RestResult> GroupExistsAsync(RestCall call) =>
        await router.ExistsAsync(call.Hub, Target.Group(call.Group!))
            ? Done
            : RestError.NotFound(ErrorCodes.GroupNotExisted, $"No connection of hub '{call.Hub}' is in the group.");

    public async ValueTask<RestResult> UserExistsAsync(RestCall call) =>
        await router.ExistsAsync(call.Hub, Target.User(call.User!))
            ? Done
            : RestError.NotFound(ErrorCodes.UserNotExisted, $"The user has no connection to hub '{call.Hub}'.");

    // Closing a connection that does not exist succeeds; the SDK accepts both answers.
    public async ValueTask<RestResult> CloseConnectionAsync(RestCall call) =>
        await router.CloseAsync(call.Hub, Target.Connection(call.ConnectionId), call.Reason) > 0 || call.IsVersion1
            ? call.IsVersion1 ? Accepted : Done
            : NoSuchConnection(call);

    public async ValueTask<RestResult> CloseAllAsync(RestCall call)
    {
        await router.CloseAsync(call.Hub, Target.All(call.Excluded), call.Reason);
        return NoContent;
    }

    public async ValueTask<RestResult> CloseGroupAsync(RestCall call)
    {
        await router.CloseAsync(call.Hub, Target.Group(call.Group!, call.Excluded), call.Reason);
        return NoContent;
    }

    public async ValueTask<RestResult> CloseUserAsync(RestCall call)
    {
        await router.CloseAsync(call.Hub, Target.User(call.User!, call.Excluded), call.Reason);
        return NoContent;
    }

    public async ValueTask<RestResult> AddConnectionToGroupAsync(RestCall call) =>
        await router.AddToGroupAsync(call.Hub, call.ConnectionId, call.Group!)
            ? Done
            : RestError.NotFound(ErrorCodes.ConnectionToJoinNotExisted, $"Hub '{call.Hub}' has no connection with this id.");

    // Always 200: the SDK throws on any 404 here.
    public async ValueTask<RestResult> RemoveConnectionFromGroupAsync(RestCall call)
    {
        await router.RemoveFromGroupAsync(call.Hub, call.ConnectionId, call.Group!);
        return Done;
    }

    public async ValueTask<RestResult> RemoveConnectionFromAllGroupsAsync(RestCall call)
    {
        await router.RemoveFromAllGroupsAsync(call.Hub, call.ConnectionId);
        return Done;
    }

    public async ValueTask<RestResult> AddUserToGroupAsync(RestCall call)
    {
        TimeSpan? timeToLive = null;
        if (call.Context.Request.Query["ttl"] is [{ Length: > 0 } text, ..])
        {
            if (!int.TryParse(text, out var seconds) || seconds < 0)
            {
                return RestError.BadRequest("'ttl' must be a number of seconds, 0 or more.", "ttl");
            }

            timeToLive = TimeSpan.FromSeconds(seconds);
        }

        await userGroups.AddAsync(call.Hub, call.User!, call.Group!, timeToLive, call.Aborted);
        return call.IsVersion1 ? Accepted : Done;
    }

    public async ValueTask<RestResult> RemoveUserFromGroupAsync(RestCall call)
    {
        await userGroups.RemoveAsync(call.Hub, call.User!, call.Group!, call.Aborted);
        return call.IsVersion1 ? Accepted : NoContent;
    }

    public async ValueTask<RestResult> RemoveUserFromAllGroupsAsync(RestCall call)
    {
        await userGroups.RemoveFromAllAsync(call.Hub, call.User!, call.Aborted);
        return call.IsVersion1 ? Done : NoContent;
    }

    public async ValueTask<RestResult> IsUserInGroupAsync(RestCall call) =>
        await userGroups.IsMemberAsync(call.Hub, call.User!, call.Group!, call.Aborted)
            ? Done
            : RestError.NotFound(ErrorCodes.UserNotInGroup, "The user is not in the group.");

    private static RestError NoSuchConnection(RestCall call) =>
        RestError.NotFound(ErrorCodes.ConnectionNotExisted, $"Hub '{call.Hub}' has no connection with this id.");

    private async ValueTask<RestResult> SendAsync(RestCall call, params Target[] targets)
    {
        var (message, error) = await PayloadMessage.ReadAsync(call);
        if (error is not null)
        {
            return error;
        }

        var accepted = true;
        foreach (var target in targets)
        {
            accepted &= await router.SendAsync(call.Hub, target, message!);
        }

        if (accepted)
        {
            return Accepted;
        }

        call.Context.Response.Headers.RetryAfter = "1";
        return new RestError(
            StatusCodes.Status429TooManyRequests,
            ErrorCodes.Throttled,
            "This node has more messages queued than it can write. Send again in a second.");
    }
}
