using System.Buffers;
using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Serverless.Protocol;

namespace Serverless.Hubs.Management;

/// <summary>
/// One hub's part of the gateway's REST API: sends messages, calls clients, manages groups, asks who is connected. Requests
/// carry api-version 2022-06-01, and 2024-12-01 where an operation is newer.
/// Safe to share between threads and meant to be kept.
/// </summary>
/// <remarks>
/// Requests and accepted answers are those of the official management SDK. A request that changes nothing when repeated is
/// retried after failures; a message is retried only when the gateway cannot have taken it. What the gateway refuses is a
/// <see cref="RequestFailedException"/> with the status and the error code of its answer.
/// </remarks>
public sealed partial class GatewayClient
{
    private const string ApiVersion = "api-version=2022-06-01";
    private const string LatestVersion = "api-version=2024-12-01";
    private const string ErrorCodeHeader = "x-ms-error-code";
    private const string ConnectionNotExisted = "Warning.Connection.NotExisted";
    private const string UserNotExisted = "Warning.User.NotExisted";
    private const string GroupNotExisted = "Warning.Group.NotExisted";
    private const string UserNotInGroup = "Info.User.NotInGroup";
    private const string JoiningConnectionNotExisted = "Error.Connection.NotExisted";

    // A path segment "." or ".." would be resolved away, and the request would reach another resource.
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private static readonly string CallerName = $"{Environment.MachineName}_{Guid.NewGuid():N}";
    private static readonly string UserAgent =
        $"Serverless.Hubs/{typeof(GatewayClient).Assembly.GetName().Version?.ToString(3)} ({Environment.Version})";

    private readonly ServiceConnectionString _connection;
    private readonly GatewayClientOptions _options;
    private readonly HttpPipeline _pipeline;
    private readonly string _server;

    /// <summary>A client for one hub of the gateway that a connection string names.</summary>
    public GatewayClient(string connectionString, string hub, GatewayClientOptions? options = null)
        : this(ServiceConnectionString.Parse(connectionString), hub, options)
    {
    }

    /// <summary>A client for one hub of the gateway that a connection string names.</summary>
    public GatewayClient(ServiceConnectionString connectionString, string hub, GatewayClientOptions? options = null)
    {
        _ = connectionString.AccessKey ?? throw new ArgumentException(
            "The connection string has no AccessKey, which this client signs its requests with.", nameof(connectionString));
        _connection = connectionString;
        _options = options ?? new GatewayClientOptions();
        _pipeline = HttpPipelineBuilder.Build(_options);
        _server = connectionString.ServerEndpoint.AbsoluteUri.TrimEnd('/') + "/";
        Hub = HubName.Parse(hub);
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
        ExistsAsync(RequestMethod.Head, $"connections/{Segment(connectionId)}", ConnectionNotExisted, cancellationToken);

    /// <summary>Whether a user has a connection.</summary>
    public Task<bool> UserExistsAsync(string userId, CancellationToken cancellationToken = default) =>
        ExistsAsync(RequestMethod.Head, $"users/{Segment(userId)}", UserNotExisted, cancellationToken);

    /// <summary>Whether a group has a connection.</summary>
    public Task<bool> GroupExistsAsync(string group, CancellationToken cancellationToken = default) =>
        ExistsAsync(RequestMethod.Head, $"groups/{Segment(group)}", GroupNotExisted, cancellationToken);

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
        ExistsAsync(RequestMethod.Get, UserInGroup(userId, group), UserNotInGroup, cancellationToken);

    /// <summary>Whether the gateway answers and is well. False also when it cannot be reached; not retried.</summary>
    /// <exception cref="RequestFailedException">The gateway refused the question, with a status below 500.</exception>
    public async Task<bool> IsHealthyAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            using var message = await SendAsync(
                RequestMethod.Head, "api/health", "", null, GatewayResponseClassifier.NeverRetry, cancellationToken);
            var response = message.Response;
            return IsSuccess(response) || (response.Status >= 500 ? false : throw Failure(response));
        }
        catch (RequestFailedException unreachable) when (unreachable.Status == 0)
        {
            return false;
        }
    }

    /// <summary>A message's body, to be sent to several addresses.</summary>
    internal ReadOnlyMemory<byte> Encode(string method, object?[] arguments)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        var body = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = _options.SerializerOptions.Encoder });

        // {"target":"m","arguments":[…]}                        PayloadMessage of the data-plane API
        json.WriteStartObject();
        json.WriteString("target", method);
        json.WriteStartArray("arguments");
        foreach (var argument in arguments)
        {
            ClientArgument.Write(json, argument, _options.SerializerOptions);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return body.WrittenMemory;
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

    private async Task PostAsync(string path, string query, ReadOnlyMemory<byte>? message, CancellationToken cancellationToken)
    {
        using var sent = await SendAsync(
            RequestMethod.Post, HubPath(path), query, message, GatewayResponseClassifier.Message, cancellationToken);
        ThrowUnlessSuccess(sent.Response);
    }

    private async Task ChangeAsync(
        RequestMethod method, string path, string query, string? toleratedCode, CancellationToken cancellationToken)
    {
        using var message = await SendAsync(
            method, HubPath(path), query, null, GatewayResponseClassifier.Idempotent, cancellationToken);
        if (!IsNotFound(message.Response, toleratedCode))
        {
            ThrowUnlessSuccess(message.Response);
        }
    }

    private async Task<bool> ExistsAsync(RequestMethod method, string path, string absentCode, CancellationToken cancellationToken)
    {
        using var message = await SendAsync(
            method, HubPath(path), "", null, GatewayResponseClassifier.Idempotent, cancellationToken);
        if (IsNotFound(message.Response, absentCode))
        {
            return false;
        }

        ThrowUnlessSuccess(message.Response);
        return message.Response.Status == 200;
    }

    private string HubPath(string path) => $"api/hubs/{Hub}/{path}";

    private async Task<HttpMessage> SendAsync(
        RequestMethod method,
        string path,
        string query,
        ReadOnlyMemory<byte>? body,
        ResponseClassifier classifier,
        CancellationToken cancellationToken,
        string version = ApiVersion,
        TimeSpan? timeout = null)
    {
        var message = _pipeline.CreateMessage();
        message.NetworkTimeout = timeout;
        message.ResponseClassifier = classifier;
        var request = message.Request;
        request.Method = method;
        request.Uri.Reset(new Uri($"{_server}{path}?{version}{query}", in Verbatim));
        request.Headers.Add("Authorization", "Bearer " + Token(_connection.AudienceBase + path));
        request.Headers.Add("Asrs-User-Agent", UserAgent);
        if (body is { } bytes)
        {
            request.Headers.Add("Content-Type", "application/json");
            request.Content = RequestContent.Create(bytes);
        }

        await _pipeline.SendAsync(message, cancellationToken);
        return message;
    }

    private string Token(string audience) => AccessTokens.Create(
        _connection.AccessKey!,
        audience,
        _options.Clock.GetUtcNow(),
        _options.TokenLifetime,
        claims: [new Claim("nameid", CallerName)]);

    private static bool IsSuccess(Response response) => response.Status is >= 200 and < 300;

    private static bool IsNotFound(Response response, string? code) =>
        code is not null && response.Status == 404
        && response.Headers.TryGetValue(ErrorCodeHeader, out var given) && given == code;

    private static void ThrowUnlessSuccess(Response response)
    {
        if (!IsSuccess(response))
        {
            throw Failure(response);
        }
    }

    private static RequestFailedException Failure(Response response)
    {
        response.Headers.TryGetValue(ErrorCodeHeader, out var code);
        var text = response.ContentStream is { CanSeek: true } ? response.Content.ToString() : "";
        var detail = text.Length == 0 ? "" : $": {(text.Length > 1000 ? text[..1000] : text)}";
        return new RequestFailedException(
            response.Status, $"The gateway answered {response.Status} {response.ReasonPhrase}{detail}", code, innerException: null);
    }
}
