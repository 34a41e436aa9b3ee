using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Core;
using Microsoft.AspNetCore.WebUtilities;

namespace Serverless.Hubs.Management;

public sealed partial class GatewayClient
{
    private const string CallFailed = "Error.Connection.Failed";
    private const string CallTimedOut = "Error.Connection.Timeout";

    // Longer than the gateway waits for the client, so that its own answer comes first.
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(110);

    /// <summary>Calls a method of one client and waits for its result. Never retried: the client may have done its part.</summary>
    /// <exception cref="ClientCallException">The client failed, is not there or does not answer.</exception>
    /// <exception cref="RequestFailedException">The gateway refused the call.</exception>
    public Task<T?> InvokeConnectionAsync<T>(
        string connectionId, string method, object?[] arguments, CancellationToken cancellationToken = default) =>
        InvokeConnectionAsync<T>(connectionId, method, Encode(method, arguments), cancellationToken);

    /// <summary>Sends one item of a stream that a client asked for and that its hub method left open.</summary>
    /// <param name="connectionId">The connection.</param>
    /// <param name="streamId">The id of the client's streaming call.</param>
    /// <param name="item">The item.</param>
    /// <param name="completes">Whether the stream ends behind the item.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task SendStreamItemAsync(
        string connectionId, string streamId, object? item, bool completes = false, CancellationToken cancellationToken = default)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = _options.SerializerOptions.Encoder }))
        {
            ClientArgument.Write(json, item, _options.SerializerOptions);
        }

        return PostAsync(
            $"{Stream(connectionId, streamId)}/:send", completes ? "&completed=true" : "", body.WrittenMemory, cancellationToken);
    }

    /// <summary>Ends a stream that a client asked for, with an error if one is given.</summary>
    public Task CompleteStreamAsync(
        string connectionId, string streamId, string? error = null, CancellationToken cancellationToken = default) =>
        PostAsync($"{Stream(connectionId, streamId)}/:complete", Reason(error), null, cancellationToken);

    /// <summary>Closes all connections of the hub but the excluded ones.</summary>
    public Task CloseAllConnectionsAsync(
        string? reason = null, IReadOnlyList<string>? excluded = null, CancellationToken cancellationToken = default) =>
        CloseManyAsync(":closeConnections", reason, excluded, cancellationToken);

    /// <summary>Closes the connections in a group but the excluded ones.</summary>
    public Task CloseGroupConnectionsAsync(
        string group, string? reason = null, IReadOnlyList<string>? excluded = null, CancellationToken cancellationToken = default) =>
        CloseManyAsync($"groups/{Segment(group)}/:closeConnections", reason, excluded, cancellationToken);

    /// <summary>Closes the connections of a user but the excluded ones.</summary>
    public Task CloseUserConnectionsAsync(
        string userId, string? reason = null, IReadOnlyList<string>? excluded = null, CancellationToken cancellationToken = default) =>
        CloseManyAsync($"users/{Segment(userId)}/:closeConnections", reason, excluded, cancellationToken);

    /// <summary>The connections in a group, asked for page by page as they are read.</summary>
    /// <param name="group">The group.</param>
    /// <param name="pageSize">How many to ask for at once, 1 to 200.</param>
    /// <param name="top">How many to list at most; all if it is null.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <remarks>Connections that come and go meanwhile may or may not be listed; none is listed twice.</remarks>
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

    internal async Task<T?> InvokeConnectionAsync<T>(
        string connectionId, string method, ReadOnlyMemory<byte> call, CancellationToken cancellationToken)
    {
        using var message = await SendAsync(
            RequestMethod.Post,
            HubPath($"connections/{Segment(connectionId)}/:invoke"),
            _application + LatestVersion,
            call,
            GatewayResponseClassifier.NeverRetry,
            cancellationToken,
            CallTimeout);
        var response = message.Response;
        if (IsSuccess(response))
        {
            return ReadResult<T>(response);
        }

        response.Headers.TryGetValue(ErrorCodeHeader, out var code);
        throw code switch
        {
            ConnectionNotExisted => new ClientCallException(
                ClientCallFailure.NoConnection, $"'{method}' was not answered: there is no connection '{connectionId}'."),
            CallTimedOut => new ClientCallException(
                ClientCallFailure.TimedOut, $"'{method}' was not answered in time by connection '{connectionId}'."),
            CallFailed => new ClientCallException(
                ClientCallFailure.ClientError, Read(response, GatewayJson.Default.ClientFailure).Message ?? "The client failed."),
            _ => Failure(response),
        };
    }

    private static string Stream(string connectionId, string streamId) => $"connections/{Segment(connectionId)}/streams/{Segment(streamId)}";

    private static string Reason(string? reason) => string.IsNullOrEmpty(reason) ? "" : $"&reason={Uri.EscapeDataString(reason)}";

    // The link may name a public address that is not reached from here: the token goes nowhere but to the gateway.
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
