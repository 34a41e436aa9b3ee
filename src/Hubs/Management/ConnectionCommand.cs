using System.Text.Json;

namespace Serverless.Hubs.Management;

/// <summary>Represents a command that <see cref="GatewayClient.ExecuteAsync"/> runs on each connection.</summary>
public abstract class ConnectionCommand
{
    private ConnectionCommand()
    {
    }

    /// <summary>Creates a command that sends a message to the connection.</summary>
    /// <param name="method">The name of the client's method.</param>
    /// <param name="arguments">The arguments.</param>
    /// <returns>The command.</returns>
    public static ConnectionCommand SendMessage(string method, params object?[] arguments) => new MessageCommand(method, arguments);

    /// <summary>Creates a command that adds the connection to a group.</summary>
    /// <param name="group">The group.</param>
    /// <returns>The command.</returns>
    public static ConnectionCommand JoinGroup(string group) => new NamedCommand("JoinGroup", "group", group);

    /// <summary>Creates a command that removes the connection from a group.</summary>
    /// <param name="group">The group.</param>
    /// <returns>The command.</returns>
    public static ConnectionCommand LeaveGroup(string group) => new NamedCommand("LeaveGroup", "group", group);

    /// <summary>Creates a command that closes the connection.</summary>
    /// <param name="reason">The reason to send to the client, or null for none.</param>
    /// <returns>The command.</returns>
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
