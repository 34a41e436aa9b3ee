namespace Serverless.Gateway.Management;

/// <summary>
/// Lists every operation's method and path, in both forms of the API (docs/contract/rest-api.md#operations; the numbers refer to that table).
/// </summary>
internal static class Routes
{
    public static IReadOnlyList<Route> All { get; } =
    [
        // 2–5: sends. Version 1 has no verb; the emulator accepts both forms in both versions, and so does the gateway.
        .. BothForms("hubs/{hub}", static (operations, call) => operations.SendToAllAsync(call)),
        .. BothForms("hubs/{hub}/users/{user}", static (operations, call) => operations.SendToUserAsync(call)),
        .. BothForms("hubs/{hub}/connections/{connection}", static (operations, call) => operations.SendToConnectionAsync(call)),
        .. BothForms("hubs/{hub}/groups/{group}", static (operations, call) => operations.SendToGroupAsync(call)),

        // 6–9: connections
        new("DELETE", "hubs/{hub}/connections/{connection}", static (operations, call) => operations.CloseConnectionAsync(call)),
        .. Check("hubs/{hub}/connections/{connection}", static (operations, call) => operations.ConnectionExistsAsync(call)),
        .. Check("hubs/{hub}/groups/{group}", static (operations, call) => operations.GroupExistsAsync(call)),
        .. Check("hubs/{hub}/users/{user}", static (operations, call) => operations.UserExistsAsync(call)),

        // 10–12: connections in groups
        .. EitherOrder("PUT", "connections/{connection}", static (operations, call) => operations.AddConnectionToGroupAsync(call)),
        .. EitherOrder("DELETE", "connections/{connection}", static (operations, call) => operations.RemoveConnectionFromGroupAsync(call)),
        new("DELETE", "hubs/{hub}/connections/{connection}/groups",
            static (operations, call) => operations.RemoveConnectionFromAllGroupsAsync(call)),

        // 13–16: users in groups
        .. EitherOrder("GET", "users/{user}", static (operations, call) => operations.IsUserInGroupAsync(call)),
        .. EitherOrder("HEAD", "users/{user}", static (operations, call) => operations.IsUserInGroupAsync(call)),
        .. EitherOrder("PUT", "users/{user}", static (operations, call) => operations.AddUserToGroupAsync(call)),
        .. EitherOrder("DELETE", "users/{user}", static (operations, call) => operations.RemoveUserFromGroupAsync(call)),
        new("DELETE", "hubs/{hub}/users/{user}/groups", static (operations, call) => operations.RemoveUserFromAllGroupsAsync(call)),

        // 17–19: closing many
        new("POST", "hubs/{hub}/:closeConnections", static (operations, call) => operations.CloseAllAsync(call)),
        new("POST", "hubs/{hub}/groups/{group}/:closeConnections", static (operations, call) => operations.CloseGroupAsync(call)),
        new("POST", "hubs/{hub}/users/{user}/:closeConnections", static (operations, call) => operations.CloseUserAsync(call)),

        // 20–25: tokens, commands, calls to a client, a group's members
        new("POST", "hubs/{hub}/:generateToken", static (operations, call) => operations.Tokens.GenerateAsync(call), VersionSet.Dated),
        new("POST", "hubs/{hub}/:execute", static (operations, call) => operations.Execute.RunAsync(call), VersionSet.Dated),
        new("POST", "hubs/{hub}/connections/{connection}/:invoke",
            static (operations, call) => operations.ClientCalls.InvokeAsync(call), VersionSet.Dated),
        new("POST", "hubs/{hub}/connections/{connection}/streams/{stream}/:send",
            static (operations, call) => operations.ClientCalls.SendItemAsync(call), VersionSet.Dated),
        new("POST", "hubs/{hub}/connections/{connection}/streams/{stream}/:complete",
            static (operations, call) => operations.ClientCalls.CompleteStreamAsync(call), VersionSet.Dated),
        new("GET", "hubs/{hub}/groups/{group}/connections", static (operations, call) => operations.Groups.ListAsync(call), VersionSet.Dated),

        // v1-preview: only sends, to one or to several named in the path
        new("POST", "hub/{hub}", static (operations, call) => operations.SendToAllAsync(call), VersionSet.Preview),
        new("POST", "hub/{hub}/user/{user}", static (operations, call) => operations.SendToUserAsync(call), VersionSet.Preview),
        new("POST", "hub/{hub}/group/{group}", static (operations, call) => operations.SendToGroupAsync(call), VersionSet.Preview),
        new("POST", "hub/{hub}/users/{users}", static (operations, call) => operations.SendToUsersAsync(call), VersionSet.Preview),
        new("POST", "hub/{hub}/groups/{groups}", static (operations, call) => operations.SendToGroupsAsync(call), VersionSet.Preview),
    ];

    private static Route[] BothForms(string path, Func<Operations, RestCall, ValueTask<RestResult>> run) =>
        [new("POST", path, run), new("POST", path + "/:send", run)];

    private static Route[] Check(string path, Func<Operations, RestCall, ValueTask<RestResult>> run) =>
        [new("HEAD", path, run), new("GET", path, run)];

    private static Route[] EitherOrder(string method, string member, Func<Operations, RestCall, ValueTask<RestResult>> run) =>
        [new(method, $"hubs/{{hub}}/groups/{{group}}/{member}", run), new(method, $"hubs/{{hub}}/{member}/groups/{{group}}", run)];
}
