using Microsoft.AspNetCore.SignalR;

namespace Serverless.EndToEnd.Boards;

/// <summary>The id of a user of either sign-in.</summary>
internal sealed class BoardUserId : IUserIdProvider
{
    public string? GetUserId(HubConnectionContext connection) =>
        connection.User.FindFirst("oid")?.Value ?? connection.User.FindFirst("sub")?.Value;
}
