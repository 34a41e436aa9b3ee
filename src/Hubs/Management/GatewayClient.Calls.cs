using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Core;
using Microsoft.AspNetCore.WebUtilities;

namespace Serverless.Hubs.Management;

public partial class GatewayClient
{
    private const string CallFailed = "Error.Connection.Failed";
    private const string ProtocolHeader = "X-ASRS-Protocol";
    private const string CallTimedOut = "Error.Connection.Timeout";

    // Longer than the gateway waits for the client, so that the gateway's response comes first.
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(110);

    /// <summary>Invokes a method on one client and waits for its result. Never retried, because the client may have run the method.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="method">The name of the client's method.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="cancellationToken">Cancels the wait; the client may still run the method.</param>
    /// <returns>The client's result.</returns>
    /// <exception cref="ClientCallException">The client failed, is not connected, or did not answer in time.</exception>
    /// <exception cref="RequestFailedException">The gateway refused the call.</exception>
    public async Task<T?> InvokeConnectionAsync<T>(
        string connectionId, string method, object?[] arguments, CancellationToken cancellationToken = default)
    {
        using var message = await CallConnectionAsync(connectionId, method, Encode(method, arguments), accept: null, cancellationToken);
        return ReadResult<T>(message.Response);
    }

    /// <summary>Sends an item of a stream that a client requested and that the hub method left open.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="streamId">The invocation id of the client's streaming call.</param>
    /// <param name="item">The item.</param>
    /// <param name="completes">True to end the stream after the item.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task SendStreamItemAsync(
        string connectionId, string streamId, object? item, bool completes = false, CancellationToken cancellationToken = default)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = _options.SerializerOptions.Encoder }))
        {
            WriteArgument(json, item, _options.SerializerOptions);
        }

        return PostAsync(
            $"{Stream(connectionId, streamId)}/:send", completes ? "&completed=true" : "", new MessageBody(MessageBody.Json, body.WrittenMemory), cancellationToken);
    }

    /// <summary>Ends a stream that a client requested and that the hub method left open.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="streamId">The invocation id of the client's streaming call.</param>
    /// <param name="error">The error to end the stream with, or null for a successful end.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task CompleteStreamAsync(
        string connectionId, string streamId, string? error = null, CancellationToken cancellationToken = default) =>
        PostAsync($"{Stream(connectionId, streamId)}/:complete", Reason(error), null, cancellationToken);

    /// <summary>Closes all connections of the hub except the excluded ones.</summary>
    /// <param name="reason">The reason to send to the clients, or null for none.</param>
    /// <param name="excluded">The ids of the connections to exclude.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task CloseAllConnectionsAsync(
        string? reason = null, IReadOnlyList<string>? excluded = null, CancellationToken cancellationToken = default) =>
        CloseManyAsync(":closeConnections", reason, excluded, cancellationToken);

    /// <summary>Closes all connections in a group except the excluded ones.</summary>
    /// <param name="group">The group.</param>
    /// <param name="reason">The reason to send to the clients, or null for none.</param>
    /// <param name="excluded">The ids of the connections to exclude.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task CloseGroupConnectionsAsync(
        string group, string? reason = null, IReadOnlyList<string>? excluded = null, CancellationToken cancellationToken = default) =>
        CloseManyAsync($"groups/{Segment(group)}/:closeConnections", reason, excluded, cancellationToken);

    /// <summary>Closes all connections of a user except the excluded ones.</summary>
    /// <param name="userId">The user id.</param>
    /// <param name="reason">The reason to send to the clients, or null for none.</param>
    /// <param name="excluded">The ids of the connections to exclude.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task CloseUserConnectionsAsync(
        string userId, string? reason = null, IReadOnlyList<string>? excluded = null, CancellationToken cancellationToken = default) =>
        CloseManyAsync($"users/{Segment(userId)}/:closeConnections", reason, excluded, cancellationToken);

    /// <summary>Lists the connections in a group. Pages are requested as the sequence is enumerated.</summary>
    /// <param name="group">The group.</param>
    /// <param name="pageSize">The number of connections per page, 1 to 200.</param>
    /// <param name="top">The maximum number of connections to list, or null for all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <returns>The connections.</returns>
    /// <remarks>
    /// A connection that joins or leaves during the enumeration may or may not be listed. Every connection is listed at most once.
    /// </remarks>
    public async IAsyncEnumerable<GroupMember> ListGroupConnectionsAsync(
        string group, int pageSize = 200, int? top = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? continuation = null;
        do
        {
            var page = await ReadPageAsync(group, pageSize, top, continuation, cancellationToken);
            foreach (var member in page.Value)
            {
                yield return member;
            }

            top -= page.Value.Count;
            continuation = top <= 0 ? null : Continuation(page.NextLink);
        }
        while (continuation is not null);
    }

    /// <summary>Invokes a method on one client and returns the name of its protocol and its framed completion.</summary>
    internal async Task<(string Protocol, ReadOnlyMemory<byte> Completion)> InvokeConnectionAsync(
        string connectionId, string method, MessageBody call, CancellationToken cancellationToken)
    {
        using var message = await CallConnectionAsync(connectionId, method, call, MessageBody.BothProtocols, cancellationToken);
        var response = message.Response;
        return response.Headers.TryGetValue(ProtocolHeader, out var protocol)
            ? (protocol, response.Content.ToMemory())
            : throw new RequestFailedException(response.Status, $"The gateway's answer has no header {ProtocolHeader}.");
    }

    // Returns the answer to a call that the client has completed.
    private async Task<HttpMessage> CallConnectionAsync(
        string connectionId, string method, MessageBody call, string? accept, CancellationToken cancellationToken)
    {
        var message = await SendAsync(
            RequestMethod.Post,
            HubPath($"connections/{Segment(connectionId)}/:invoke"),
            _application + LatestVersion,
            call,
            GatewayResponseClassifier.NeverRetry,
            cancellationToken,
            CallTimeout,
            accept);
        var response = message.Response;
        if (IsSuccess(response))
        {
            return message;
        }

        using (message)
        {
            response.Headers.TryGetValue(ErrorCodeHeader, out var code);
            throw code switch
            {
                ConnectionNotExisted => new ClientCallException(
                    ClientCallFailure.NoConnection, $"'{method}' was not answered: connection '{connectionId}' does not exist."),
                CallTimedOut => new ClientCallException(
                    ClientCallFailure.TimedOut, $"'{method}' was not answered in time by connection '{connectionId}'."),
                CallFailed => new ClientCallException(ClientCallFailure.ClientError, ClientErrorText(response, accept)),
                _ => Failure(response),
            };
        }
    }

    // Plain text where the completion would have been framed     docs/contract/rest-api.md#client-invocation
    private static string ClientErrorText(Response response, string? accept) => accept == MessageBody.BothProtocols
        ? response.Content.ToString()
        : Read(response, GatewayJson.Default.ClientFailure).Message ?? "The client failed.";

    private static string Stream(string connectionId, string streamId) => $"connections/{Segment(connectionId)}/streams/{Segment(streamId)}";

    private static string Reason(string? reason) => string.IsNullOrEmpty(reason) ? "" : $"&reason={Uri.EscapeDataString(reason)}";

    // The link may name a public address that is unreachable from here, so only its token is used, in a request to the gateway itself.
    private static string? Continuation(string? nextLink) => nextLink is null
        ? null
        : QueryHelpers.ParseQuery(new Uri(nextLink).Query)["continuationToken"].ToString();

    private static T Read<T>(Response response, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(response.Content, type) ?? throw new JsonException("The gateway's answer is null.");

    private T? ReadResult<T>(Response response)
    {
        // {"result":…}
        var json = new Utf8JsonReader(response.Content);
        while (json.Read())
        {
            if (json.CurrentDepth == 1 && json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("result"u8))
            {
                json.Read();
                return JsonSerializer.Deserialize(ref json, (JsonTypeInfo<T>)_options.SerializerOptions.GetTypeInfo(typeof(T)));
            }
        }

        return default;
    }

    private Task CloseManyAsync(
        string path, string? reason, IReadOnlyList<string>? excluded, CancellationToken cancellationToken) =>
        CompleteAsync(
            RequestMethod.Post,
            HubPath(path),
            _application + LatestVersion + Reason(reason) + Excluded(excluded ?? []),
            null,
            GatewayResponseClassifier.Message,
            cancellationToken);

    private async Task<GroupPage> ReadPageAsync(
        string group, int pageSize, int? top, string? continuation, CancellationToken cancellationToken)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"{_application}{LatestVersion}&maxpagesize={pageSize}")
            + (top is null ? "" : string.Create(CultureInfo.InvariantCulture, $"&top={top}"))
            + (continuation is null ? "" : $"&continuationToken={Uri.EscapeDataString(continuation)}");
        using var message = await SendAsync(
            RequestMethod.Get,
            HubPath($"groups/{Segment(group)}/connections"),
            query,
            null,
            GatewayResponseClassifier.Idempotent,
            cancellationToken);
        ThrowUnlessSuccess(message.Response);
        return Read(message.Response, GatewayJson.Default.GroupPage);
    }
}
