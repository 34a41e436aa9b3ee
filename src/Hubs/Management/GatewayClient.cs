using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Core;
using Serverless.Protocol;

namespace Serverless.Hubs.Management;

/// <summary>
/// Represents a client of the gateway's REST API for one hub: sends messages, calls clients, manages groups and queries connections.
/// Instances are thread-safe and meant to be reused.
/// </summary>
/// <remarks>
/// Requests and accepted responses are those of the official management SDK. Requests carry api-version 2022-06-01, or 2024-12-01 for
/// newer operations. Idempotent requests are retried after failures; a message is retried only when the gateway cannot have accepted it.
/// A refused request throws a <see cref="RequestFailedException"/> with the status and error code of the response.
/// </remarks>
public partial class GatewayClient
{
    private const string ConnectionNotExisted = "Warning.Connection.NotExisted";
    private const string UserNotExisted = "Warning.User.NotExisted";
    private const string GroupNotExisted = "Warning.Group.NotExisted";
    private const string UserNotInGroup = "Info.User.NotInGroup";
    private const string JoiningConnectionNotExisted = "Error.Connection.NotExisted";

    private readonly GatewayClientOptions _options;

    /// <summary>Initializes a new instance that signs its requests with the AccessKey of a connection string.</summary>
    /// <param name="connectionString">The gateway's connection string.</param>
    /// <param name="hub">The hub.</param>
    /// <param name="options">The options, or null for the defaults.</param>
    /// <exception cref="ArgumentException">The connection string has no AccessKey, or a name is not valid.</exception>
    /// <exception cref="FormatException">The connection string is not valid.</exception>
    public GatewayClient(string connectionString, string hub, GatewayClientOptions? options = null)
        : this(ServiceConnectionString.Parse(connectionString), hub, options)
    {
    }

    /// <summary>Initializes a new instance that signs its requests with the AccessKey of a connection string.</summary>
    /// <param name="connectionString">The gateway's connection string.</param>
    /// <param name="hub">The hub.</param>
    /// <param name="options">The options, or null for the defaults.</param>
    /// <exception cref="ArgumentException">The connection string has no AccessKey, or a name is not valid.</exception>
    public GatewayClient(ServiceConnectionString connectionString, string hub, GatewayClientOptions? options = null)
        : this(connectionString.ServerEndpoint, hub, options ?? new GatewayClientOptions(), credential: null)
    {
        _accessKey = connectionString.AccessKey ?? throw new ArgumentException(
            "The connection string has no AccessKey to sign requests with; add one, or pass a TokenCredential.",
            nameof(connectionString));
        _audienceBase = connectionString.AudienceBase;
    }

    /// <summary>Initializes a new instance that authenticates as an identity of Microsoft Entra ID, which needs one of the service's roles.</summary>
    /// <param name="endpoint">The gateway's https address.</param>
    /// <param name="credential">The identity, such as a <c>DefaultAzureCredential</c> of the package Azure.Identity.</param>
    /// <param name="hub">The hub.</param>
    /// <param name="options">The options, or null for the defaults.</param>
    /// <exception cref="ArgumentException">The address does not use https, which the identity's token requires.</exception>
    public GatewayClient(Uri endpoint, TokenCredential credential, string hub, GatewayClientOptions? options = null)
        : this(endpoint, hub, options ?? new GatewayClientOptions(), credential)
    {
    }

    /// <summary>Initializes a new instance that authenticates as an identity of Microsoft Entra ID, which needs one of the service's roles.</summary>
    /// <param name="connectionString">The connection string, of which only the addresses are used, such as one with <c>AuthType=azure</c>.</param>
    /// <param name="credential">The identity, such as a <c>DefaultAzureCredential</c> of the package Azure.Identity.</param>
    /// <param name="hub">The hub.</param>
    /// <param name="options">The options, or null for the defaults.</param>
    /// <exception cref="ArgumentException">The address does not use https, which the identity's token requires.</exception>
    public GatewayClient(
        ServiceConnectionString connectionString, TokenCredential credential, string hub, GatewayClientOptions? options = null)
        : this(connectionString.ServerEndpoint, hub, options ?? new GatewayClientOptions(), credential)
    {
    }

    /// <summary>Gets the hub's name, in lower case as on the wire.</summary>
    public string Hub { get; }

    /// <summary>Sends a message to all connections of the hub except the excluded ones.</summary>
    /// <param name="method">The name of the clients' method.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="excluded">The ids of the connections to exclude.</param>
    /// <param name="cancellationToken">Cancels the wait; the message may have been sent.</param>
    public Task SendToAllAsync(
        string method, object?[] arguments, IReadOnlyList<string>? excluded = null, CancellationToken cancellationToken = default) =>
        SendToAllAsync(Encode(method, arguments), excluded ?? [], cancellationToken);

    /// <summary>Sends a message to all connections of a user.</summary>
    /// <param name="userId">The user id.</param>
    /// <param name="method">The name of the client's method.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="cancellationToken">Cancels the wait; the message may have been sent.</param>
    public Task SendToUserAsync(
        string userId, string method, object?[] arguments, CancellationToken cancellationToken = default) =>
        SendToUserAsync(userId, Encode(method, arguments), cancellationToken);

    /// <summary>Sends a message to all connections in a group except the excluded ones.</summary>
    /// <param name="group">The group.</param>
    /// <param name="method">The name of the clients' method.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="excluded">The ids of the connections to exclude.</param>
    /// <param name="cancellationToken">Cancels the wait; the message may have been sent.</param>
    public Task SendToGroupAsync(
        string group, string method, object?[] arguments, IReadOnlyList<string>? excluded = null,
        CancellationToken cancellationToken = default) =>
        SendToGroupAsync(group, Encode(method, arguments), excluded ?? [], cancellationToken);

    /// <summary>Sends a message to one connection.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="method">The name of the client's method.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="cancellationToken">Cancels the wait; the message may have been sent.</param>
    public Task SendToConnectionAsync(
        string connectionId, string method, object?[] arguments, CancellationToken cancellationToken = default) =>
        SendToConnectionAsync(connectionId, Encode(method, arguments), cancellationToken);

    /// <summary>Determines whether a connection exists.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>True when the connection exists.</returns>
    public Task<bool> ConnectionExistsAsync(string connectionId, CancellationToken cancellationToken = default) =>
        ExistsAsync($"connections/{Segment(connectionId)}", ConnectionNotExisted, cancellationToken);

    /// <summary>Determines whether a user has at least one connection.</summary>
    /// <param name="userId">The user id.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>True when the user has a connection.</returns>
    public Task<bool> UserExistsAsync(string userId, CancellationToken cancellationToken = default) =>
        ExistsAsync($"users/{Segment(userId)}", UserNotExisted, cancellationToken);

    /// <summary>Determines whether a group has at least one connection.</summary>
    /// <param name="group">The group.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>True when the group has a connection.</returns>
    public Task<bool> GroupExistsAsync(string group, CancellationToken cancellationToken = default) =>
        ExistsAsync($"groups/{Segment(group)}", GroupNotExisted, cancellationToken);

    /// <summary>Closes a connection. Has no effect when the connection no longer exists.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="reason">The reason to send to the client, or null for none.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task CloseConnectionAsync(string connectionId, string? reason = null, CancellationToken cancellationToken = default) =>
        ChangeAsync(
            RequestMethod.Delete,
            $"connections/{Segment(connectionId)}",
            Reason(reason),
            ConnectionNotExisted,
            cancellationToken);

    /// <summary>Adds a connection to a group. Has no effect when the connection no longer exists.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="group">The group.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task AddConnectionToGroupAsync(string connectionId, string group, CancellationToken cancellationToken = default) =>
        ChangeAsync(
            RequestMethod.Put,
            $"groups/{Segment(group)}/connections/{Segment(connectionId)}",
            "",
            JoiningConnectionNotExisted,
            cancellationToken);

    /// <summary>Removes a connection from a group.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="group">The group.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task RemoveConnectionFromGroupAsync(string connectionId, string group, CancellationToken cancellationToken = default) =>
        ChangeAsync(
            RequestMethod.Delete, $"groups/{Segment(group)}/connections/{Segment(connectionId)}", "", null, cancellationToken);

    /// <summary>Removes a connection from all groups of the hub.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task RemoveConnectionFromAllGroupsAsync(string connectionId, CancellationToken cancellationToken = default) =>
        ChangeAsync(RequestMethod.Delete, $"connections/{Segment(connectionId)}/groups", "", null, cancellationToken);

    /// <summary>Adds a user to a group.</summary>
    /// <param name="userId">The user id.</param>
    /// <param name="group">The group.</param>
    /// <param name="timeToLive">
    /// The time for which the user stays a member, in whole seconds; null for no limit, of which the gateway keeps a user's latest 100. Zero
    /// adds only the present connections.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeToLive"/> is negative.</exception>
    public Task AddUserToGroupAsync(
        string userId, string group, TimeSpan? timeToLive = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeToLive ?? TimeSpan.Zero, TimeSpan.Zero, nameof(timeToLive));
        return ChangeAsync(
            RequestMethod.Put,
            UserInGroup(userId, group),
            timeToLive is { } ttl ? string.Create(CultureInfo.InvariantCulture, $"&ttl={(long)ttl.TotalSeconds}") : "",
            null,
            cancellationToken);
    }

    /// <summary>Removes a user from a group.</summary>
    /// <param name="userId">The user id.</param>
    /// <param name="group">The group.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task RemoveUserFromGroupAsync(string userId, string group, CancellationToken cancellationToken = default) =>
        ChangeAsync(RequestMethod.Delete, UserInGroup(userId, group), "", null, cancellationToken);

    /// <summary>Removes a user from all groups of the hub.</summary>
    /// <param name="userId">The user id.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task RemoveUserFromAllGroupsAsync(string userId, CancellationToken cancellationToken = default) =>
        ChangeAsync(RequestMethod.Delete, $"users/{Segment(userId)}/groups", "", null, cancellationToken);

    /// <summary>Determines whether a user is a member of a group.</summary>
    /// <param name="userId">The user id.</param>
    /// <param name="group">The group.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>True when the user is a member.</returns>
    public Task<bool> IsUserInGroupAsync(string userId, string group, CancellationToken cancellationToken = default) =>
        ExistsAsync(UserInGroup(userId, group), UserNotInGroup, cancellationToken);

    /// <summary>Encodes a message's body, which can be sent in several requests.</summary>
    private MessageBody Encode(string method, object?[] arguments)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = _options.SerializerOptions.Encoder }))
        {
            WriteMessage(json, method, arguments, _options.SerializerOptions);
        }

        return new MessageBody(MessageBody.Json, body.WrittenMemory);
    }

    // {"target":"m","arguments":[…]}                        PayloadMessage of the data-plane API
    internal static void WriteMessage(Utf8JsonWriter json, string method, object?[] arguments, JsonSerializerOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        json.WriteStartObject();
        json.WriteString("target", method);
        json.WriteStartArray("arguments");
        foreach (var argument in arguments)
        {
            WriteArgument(json, argument, options);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    internal static void WriteArgument(Utf8JsonWriter json, object? argument, JsonSerializerOptions options)
    {
        if (argument is null)
        {
            json.WriteNullValue();
        }
        else
        {
            JsonSerializer.Serialize(json, argument, options.GetTypeInfo(argument.GetType()));
        }
    }

    internal Task SendToAllAsync(MessageBody message, IReadOnlyList<string> excluded, CancellationToken cancellationToken) =>
        PostAsync(":send", Excluded(excluded), message, cancellationToken);

    internal Task SendToUserAsync(string userId, MessageBody message, CancellationToken cancellationToken) =>
        PostAsync($"users/{Segment(userId)}/:send", "", message, cancellationToken);

    internal Task SendToGroupAsync(
        string group, MessageBody message, IReadOnlyList<string> excluded, CancellationToken cancellationToken) =>
        PostAsync($"groups/{Segment(group)}/:send", Excluded(excluded), message, cancellationToken);

    internal Task SendToConnectionAsync(string connectionId, MessageBody message, CancellationToken cancellationToken) =>
        PostAsync($"connections/{Segment(connectionId)}/:send", "", message, cancellationToken);

    private static string Excluded(IReadOnlyList<string> connectionIds) =>
        string.Concat(connectionIds.Select(id => $"&excluded={Uri.EscapeDataString(id)}"));

    private static string UserInGroup(string userId, string group) => $"users/{Segment(userId)}/groups/{Segment(group)}";

    private static string Segment(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return name is "." or ".." ? name.Replace(".", "%2E", StringComparison.Ordinal) : Uri.EscapeDataString(name);
    }
}
