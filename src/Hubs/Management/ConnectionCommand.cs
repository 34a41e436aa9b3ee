using System.Text.Json;

namespace Serverless.Hubs.Management;

/// <summary>What <see cref="GatewayClient.ExecuteAsync"/> does to a connection.</summary>
public abstract class ConnectionCommand
{
    private ConnectionCommand()
    {
    }

    /// <summary>Sends the connection a message.</summary>
    public static ConnectionCommand SendMessage(string method, params object?[] arguments) => new MessageCommand(method, arguments);

    /// <summary>Adds the connection to a group.</summary>
    public static ConnectionCommand JoinGroup(string group) => new NamedCommand("JoinGroup", "group", group);

    /// <summary>Removes the connection from a group.</summary>
    public static ConnectionCommand LeaveGroup(string group) => new NamedCommand("LeaveGroup", "group", group);

    /// <summary>Closes the connection; its client is told the reason, if there is one.</summary>
    public static ConnectionCommand CloseConnection(string? reason = null) => new NamedCommand("CloseConnection", "reason", reason);

    // {"type":"SendMessage","message":{"target":"m","arguments":[…]}}     SignalRCommand of the data-plane API
    // {"type":"JoinGroup","group":"g"}     {"type":"CloseConnection","reason":"r"}
    internal abstract void Write(Utf8JsonWriter json, JsonSerializerOptions options);

    private sealed class MessageCommand(string method, object?[] arguments) : ConnectionCommand
    {
        internal override void Write(Utf8JsonWriter json, JsonSerializerOptions options)
        {
            json.WriteStartObject();
            json.WriteString("type", "SendMessage");
            json.WritePropertyName("message");
            GatewayClient.WriteMessage(json, method, arguments, options);
            json.WriteEndObject();
        }
    }

    private sealed class NamedCommand(string type, string property, string? value) : ConnectionCommand
    {
        internal override void Write(Utf8JsonWriter json, JsonSerializerOptions options)
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            if (value is not null)
            {
                json.WriteString(property, value);
            }

            json.WriteEndObject();
        }
    }
}
