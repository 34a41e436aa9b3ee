using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Core;
using Serverless.Protocol;

namespace Serverless.Hubs.Management;

/// <summary>
/// One hub's part of the gateway's REST API, every operation of it: sends messages, calls clients, manages groups, asks who is
/// connected. Requests carry api-version 2022-06-01, and 2024-12-01 where an operation is newer.
/// Safe to share between threads and meant to be kept.
/// </summary>
/// <remarks>
/// Requests and accepted answers are those of the official management SDK. A request that changes nothing when repeated is
/// retried after failures; a message is retried only when the gateway cannot have taken it. What the gateway refuses is a
/// <see cref="RequestFailedException"/> with the status and the error code of its answer.
/// </remarks>
public sealed partial class GatewayClient
{
    private const string ConnectionNotExisted = "Warning.Connection.NotExisted";
    private const string UserNotExisted = "Warning.User.NotExisted";
    private const string GroupNotExisted = "Warning.Group.NotExisted";
    private const string UserNotInGroup = "Info.User.NotInGroup";
    private const string JoiningConnectionNotExisted = "Error.Connection.NotExisted";

    private readonly GatewayClientOptions _options;

    /// <summary>A client for one hub of the gateway that a connection string names; its AccessKey signs the requests.</summary>
    /// <exception cref="ArgumentException">The connection string has no AccessKey, or a name is none.</exception>
    /// <exception cref="FormatException">It is no connection string.</exception>
    public GatewayClient(string connectionString, string hub, GatewayClientOptions? options = null)
        : this(ServiceConnectionString.Parse(connectionString), hub, options)
    {
    }

    /// <summary>A client for one hub of the gateway that a connection string names; its AccessKey signs the requests.</summary>
    /// <exception cref="ArgumentException">The connection string has no AccessKey, or a name is none.</exception>
    public GatewayClient(ServiceConnectionString connectionString, string hub, GatewayClientOptions? options = null)
        : this(connectionString.ServerEndpoint, hub, options ?? new GatewayClientOptions(), credential: null)
    {
        _accessKey = connectionString.AccessKey ?? throw new ArgumentException(
            "The connection string has no AccessKey, which requests are signed with; give a TokenCredential beside it.",
            nameof(connectionString));
        _audienceBase = connectionString.AudienceBase;
    }

    /// <summary>A client that calls as an identity of Microsoft Entra ID, which needs one of the service's roles.</summary>
    /// <param name="endpoint">The gateway's address, https.</param>
    /// <param name="credential">The identity, such as a <c>DefaultAzureCredential</c> of the package Azure.Identity.</param>
    /// <param name="hub">The hub.</param>
    /// <param name="options">Retries, transport, serializer.</param>
    /// <exception cref="ArgumentException">The address is not https, over which alone such tokens may travel.</exception>
    public GatewayClient(Uri endpoint, TokenCredential credential, string hub, GatewayClientOptions? options = null)
        : this(endpoint, hub, options ?? new GatewayClientOptions(), credential)
    {
    }

    /// <summary>A client that calls as an identity of Microsoft Entra ID, which needs one of the service's roles.</summary>
    /// <param name="connectionString">For the addresses in it, such as one with <c>AuthType=azure</c>.</param>
    /// <param name="credential">The identity, such as a <c>DefaultAzureCredential</c> of the package Azure.Identity.</param>
    /// <param name="hub">The hub.</param>
    /// <param name="options">Retries, transport, serializer.</param>
    /// <exception cref="ArgumentException">The address is not https, over which alone such tokens may travel.</exception>
    public GatewayClient(
        ServiceConnectionString connectionString, TokenCredential credential, string hub, GatewayClientOptions? options = null)
        : this(connectionString.ServerEndpoint, hub, options ?? new GatewayClientOptions(), credential)
    {
    }

    /// <summary>The hub's name, in lower case as the wire carries it.</summary>
    public string Hub { get; }

    /// <summary>Sends a message to every client of the hub, but for the excluded connections.</summary>
    public Task SendToAllAsync(
        string method, object?[] arguments, IReadOnlyList<string>? excluded = null, CancellationToken cancellationToken = default) =>
        SendToAllAsync(Encode(method, arguments), excluded ?? [], cancellationToken);

    /// <summary>Sends a message to all connections of a user.</summary>
    public Task SendToUserAsync(
        string userId, string method, object?[] arguments, CancellationToken cancellationToken = default) =>
        SendToUserAsync(userId, Encode(method, arguments), cancellationToken);

    /// <summary>Sends a message to the members of a group, but for the excluded connections.</summary>
    public Task SendToGroupAsync(
        string group, string method, object?[] arguments, IReadOnlyList<string>? excluded = null,
        CancellationToken cancellationToken = default) =>
        SendToGroupAsync(group, Encode(method, arguments), excluded ?? [], cancellationToken);

    /// <summary>Sends a message to one connection.</summary>
    public Task SendToConnectionAsync(
        string connectionId, string method, object?[] arguments, CancellationToken cancellationToken = default) =>
        SendToConnectionAsync(connectionId, Encode(method, arguments), cancellationToken);

    /// <summary>Whether a connection is there.</summary>
    public Task<bool> ConnectionExistsAsync(string connectionId, CancellationToken cancellationToken = default) =>
        ExistsAsync($"connections/{Segment(connectionId)}", ConnectionNotExisted, cancellationToken);

    /// <summary>Whether a user has a connection.</summary>
    public Task<bool> UserExistsAsync(string userId, CancellationToken cancellationToken = default) =>
        ExistsAsync($"users/{Segment(userId)}", UserNotExisted, cancellationToken);

    /// <summary>Whether a group has a connection.</summary>
    public Task<bool> GroupExistsAsync(string group, CancellationToken cancellationToken = default) =>
        ExistsAsync($"groups/{Segment(group)}", GroupNotExisted, cancellationToken);

    /// <summary>Closes a connection; one that is gone is no error.</summary>
    /// <param name="connectionId">The connection.</param>
    /// <param name="reason">What the client is told, if anything.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task CloseConnectionAsync(string connectionId, string? reason = null, CancellationToken cancellationToken = default) =>
        ChangeAsync(
            RequestMethod.Delete,
            $"connections/{Segment(connectionId)}",
            Reason(reason),
            ConnectionNotExisted,
            cancellationToken);

    /// <summary>Adds a connection to a group; a connection that is gone is no error.</summary>
    public Task AddConnectionToGroupAsync(string connectionId, string group, CancellationToken cancellationToken = default) =>
        ChangeAsync(
            RequestMethod.Put,
            $"groups/{Segment(group)}/connections/{Segment(connectionId)}",
            "",
            JoiningConnectionNotExisted,
            cancellationToken);

    /// <summary>Removes a connection from a group.</summary>
    public Task RemoveConnectionFromGroupAsync(string connectionId, string group, CancellationToken cancellationToken = default) =>
        ChangeAsync(
            RequestMethod.Delete, $"groups/{Segment(group)}/connections/{Segment(connectionId)}", "", null, cancellationToken);

    /// <summary>Removes a connection from all groups.</summary>
    public Task RemoveConnectionFromAllGroupsAsync(string connectionId, CancellationToken cancellationToken = default) =>
        ChangeAsync(RequestMethod.Delete, $"connections/{Segment(connectionId)}/groups", "", null, cancellationToken);

    /// <summary>Adds a user to a group.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="group">The group.</param>
    /// <param name="timeToLive">
    /// How long membership lasts, in whole seconds; null for as long as the gateway keeps it. Zero adds the present connections only.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting.</param>
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
    public Task RemoveUserFromGroupAsync(string userId, string group, CancellationToken cancellationToken = default) =>
        ChangeAsync(RequestMethod.Delete, UserInGroup(userId, group), "", null, cancellationToken);

    /// <summary>Removes a user from all groups.</summary>
    public Task RemoveUserFromAllGroupsAsync(string userId, CancellationToken cancellationToken = default) =>
        ChangeAsync(RequestMethod.Delete, $"users/{Segment(userId)}/groups", "", null, cancellationToken);

    /// <summary>Whether a user is in a group.</summary>
    public Task<bool> IsUserInGroupAsync(string userId, string group, CancellationToken cancellationToken = default) =>
        ExistsAsync(UserInGroup(userId, group), UserNotInGroup, cancellationToken);

    /// <summary>A message's body, to be sent to several addresses.</summary>
    internal ReadOnlyMemory<byte> Encode(string method, object?[] arguments)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = _options.SerializerOptions.Encoder }))
        {
            WriteMessage(json, method, arguments, _options.SerializerOptions);
        }

        return body.WrittenMemory;
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
            ClientArgument.Write(json, argument, options);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    internal Task SendToAllAsync(ReadOnlyMemory<byte> message, IReadOnlyList<string> excluded, CancellationToken cancellationToken) =>
        PostAsync(":send", Excluded(excluded), message, cancellationToken);

    internal Task SendToUserAsync(string userId, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        PostAsync($"users/{Segment(userId)}/:send", "", message, cancellationToken);

    internal Task SendToGroupAsync(
        string group, ReadOnlyMemory<byte> message, IReadOnlyList<string> excluded, CancellationToken cancellationToken) =>
        PostAsync($"groups/{Segment(group)}/:send", Excluded(excluded), message, cancellationToken);

    internal Task SendToConnectionAsync(string connectionId, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
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
