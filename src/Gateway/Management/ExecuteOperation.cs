using System.Text.Json;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Routing.Filters;
using Serverless.Gateway.Routing.Operations;
using Serverless.Protocol;

namespace Serverless.Gateway.Management;

/// <summary>Runs commands in order for every connection that a filter matches: <c>:execute</c> (docs/contract/rest-api.md#commands).</summary>
internal sealed class ExecuteOperation(Router router)
{
    public async ValueTask<RestResult> RunAsync(RestCall call)
    {
        string? filter = null;
        if (call.Context.Request.Query["filter"] is [{ Length: > 0 } text, ..])
        {
            filter = text;
            try
            {
                ConnectionFilter.Parse(text);
            }
            catch (FilterException exception)
            {
                return RestError.BadRequest($"The filter is invalid: {exception.Message}", "filter");
            }
        }

        var (commands, error) = await PayloadMessage.ReadJsonAsync(call, Read);
        if (error is not null)
        {
            return error;
        }

        await router.ExecuteAsync(call.Hub, filter, commands!);
        return new RestResult(StatusCodes.Status202Accepted, null) { IsBare = true };
    }

    // [{"type":"SendMessage","message":{"target":"m","arguments":[…]}},{"type":"JoinGroup","group":"g"},{"type":"LeaveGroup","group":"g"},
    //  {"type":"CloseConnection","reason":"r"}]
    private static List<ExecuteCommand> Read(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.ValueKind == JsonValueKind.Array
            ? [.. document.RootElement.EnumerateArray().Select(ReadCommand)]
            : throw new HubProtocolException("It must be an array of commands.");
    }

    private static ExecuteCommand ReadCommand(JsonElement command) => (command.ValueKind == JsonValueKind.Object ? TextOf(command, "type") : null) switch
    {
        "SendMessage" when command.TryGetProperty("message", out var message) => new(
            ExecuteCommandKind.SendMessage, PayloadMessage.FromJson(System.Text.Encoding.UTF8.GetBytes(message.GetRawText()))),
        "JoinGroup" => new(ExecuteCommandKind.JoinGroup, Group: GroupOf(command)),
        "LeaveGroup" => new(ExecuteCommandKind.LeaveGroup, Group: GroupOf(command)),
        "CloseConnection" => new(ExecuteCommandKind.CloseConnection, Reason: TextOf(command, "reason")),
        _ => throw new HubProtocolException(
            "A command has a 'type': SendMessage with a 'message', JoinGroup or LeaveGroup with a 'group', or CloseConnection."),
    };

    private static string GroupOf(JsonElement command) => TextOf(command, "group") is { } group && ResourceName.IsValid(group)
        ? group
        : throw new HubProtocolException($"A command's 'group' is missing or invalid: {ResourceName.Rule}");

    private static string? TextOf(JsonElement command, string name) =>
        command.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
