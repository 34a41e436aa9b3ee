using System.Buffers;
using System.Collections.Frozen;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Hubs.Descriptors;
using Serverless.Hubs.Dispatch;
using Serverless.Protocol;

namespace Serverless.Hubs;

/// <summary>
/// Turns an upstream request of the gateway into a call of hub logic and its outcome into the answer. Knows no host: an HTTP
/// trigger of any kind can hand it requests.
/// </summary>
/// <remarks>
/// Statuses are those that Azure Functions' SignalR trigger answers with, but for one: a body that does not fit its headers is 400
/// here and 500 there, since asking again would not help.
/// <code>
/// 413 body too large · 415 media type · 400 header missing · 404 no such hub or method · 401 signature · 400 malformed body
/// connected: 200, or 403 if the hub threw      disconnected: 200
/// call with id: 200 and a framed completion     call without id: 200, empty
/// </code>
/// </remarks>
public sealed partial class UpstreamDispatcher
{
    private readonly FrozenDictionary<string, HubRuntime> _hubs;
    private readonly IServiceScopeFactory _scopes;
    private readonly ServerlessHubsOptions _options;
    private readonly string[] _accessKeys;
    private readonly ILogger _logger;

    internal UpstreamDispatcher(
        IEnumerable<HubRuntime> hubs,
        IServiceScopeFactory scopes,
        ServiceConnectionString connection,
        IOptions<ServerlessHubsOptions> options,
        ILogger<UpstreamDispatcher> logger)
    {
        _hubs = hubs.ToFrozenDictionary(hub => hub.Descriptor.Name, StringComparer.OrdinalIgnoreCase);
        _scopes = scopes;
        _options = options.Value;
        _accessKeys = [connection.AccessKey!];
        _logger = logger;
    }

    /// <summary>Handles one request.</summary>
    /// <exception cref="OperationCanceledException">The caller no longer waits.</exception>
    public async Task<UpstreamResponse> DispatchAsync(UpstreamRequest request, CancellationToken cancellationToken = default)
    {
        // :: 1: what the request says of itself.
        if (request.Body.Length > _options.MaxBodyBytes)
        {
            return UpstreamResponse.Error(413, $"The body is larger than {_options.MaxBodyBytes} bytes.");
        }

        if (Protocol(request.ContentType) is not { } protocol)
        {
            return UpstreamResponse.Error(415, "The content type must be application/json or application/x-msgpack.");
        }

        var hubName = request.Header(UpstreamHeaders.Hub);
        var category = request.Header(UpstreamHeaders.Category);
        var eventName = request.Header(UpstreamHeaders.Event);
        if (string.IsNullOrEmpty(hubName) || string.IsNullOrEmpty(category) || string.IsNullOrEmpty(eventName))
        {
            return UpstreamResponse.Error(
                400, $"The headers {UpstreamHeaders.Hub}, {UpstreamHeaders.Category} and {UpstreamHeaders.Event} are required.");
        }

        // :: 2: who is to handle it.
        if (!_hubs.TryGetValue(hubName, out var hub) || Handler(hub, category, eventName) is not { } handler)
        {
            return UpstreamResponse.Error(404, $"There is no handler for hub '{hubName}', category '{category}', event '{eventName}'.");
        }

        // :: 3: whether the gateway sent it.
        var connectionId = request.Header(UpstreamHeaders.ConnectionId);
        if (string.IsNullOrEmpty(connectionId))
        {
            return UpstreamResponse.Error(400, $"The header {UpstreamHeaders.ConnectionId} is required.");
        }

        if (!UpstreamSignature.Verify(request.Header(UpstreamHeaders.Signature), connectionId, _accessKeys))
        {
            Log.WrongSignature(_logger, hub.Descriptor.Name, eventName);
            return UpstreamResponse.Error(
                401, $"{UpstreamHeaders.Signature} does not fit the access key of this app's connection string.");
        }

        // :: 4: the hub.
        var caller = Caller.Read(request, hub.Descriptor.Name, connectionId, cancellationToken);
        return await handler(this, hub, caller, protocol, request.Body, eventName);
    }

    private delegate Task<UpstreamResponse> EventHandler(
        UpstreamDispatcher dispatcher,
        HubRuntime hub,
        HubCallerContext caller,
        HubProtocol protocol,
        ReadOnlyMemory<byte> body,
        string eventName);

    private static HubProtocol? Protocol(string? contentType)
    {
        var mediaType = (contentType ?? "").Split(';', 2)[0].Trim();
        return HubProtocol.All.FirstOrDefault(protocol => mediaType.Equals(protocol.ContentType, StringComparison.OrdinalIgnoreCase));
    }

    private static EventHandler? Handler(HubRuntime hub, string category, string eventName)
    {
        if (Same(category, UpstreamCategories.Messages))
        {
            return hub.Find(eventName) is null
                ? null
                : static (dispatcher, hub, caller, protocol, body, eventName) =>
                    dispatcher.InvokeAsync(hub, hub.Find(eventName)!, caller, protocol, body);
        }

        if (!Same(category, UpstreamCategories.Connections))
        {
            return null;
        }

        return Same(eventName, UpstreamCategories.Connected)
            ? static (dispatcher, hub, caller, _, body, _) => dispatcher.ConnectedAsync(hub, caller, body)
            : Same(eventName, UpstreamCategories.Disconnected)
                ? static (dispatcher, hub, caller, _, body, _) => dispatcher.DisconnectedAsync(hub, caller, body)
                : null;
    }

    private static bool Same(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);

    private async Task<UpstreamResponse> ConnectedAsync(HubRuntime hub, HubCallerContext caller, ReadOnlyMemory<byte> body)
    {
        if (!UpstreamBodies.TryParseConnected(body.Span))
        {
            return UpstreamResponse.Error(400, """The body of a connected event must be {"type":10}.""");
        }

        try
        {
            await using var scope = _scopes.CreateAsyncScope();
            await RunAsync(hub.Create(scope.ServiceProvider, caller), static hub => hub.OnConnectedAsync());
            return UpstreamResponse.Empty;
        }
        catch (HubException refusal)
        {
            Log.ConnectionRefused(_logger, hub.Descriptor.Name, caller.ConnectionId, refusal.Message);
            return UpstreamResponse.Error(403, refusal.Message);
        }
        catch (Exception exception) when (!caller.RequestAborted.IsCancellationRequested)
        {
            Log.ConnectedFailed(_logger, hub.Descriptor.Name, caller.ConnectionId, exception);
            return UpstreamResponse.Error(403, "The hub refused the connection.");
        }
    }

    private async Task<UpstreamResponse> DisconnectedAsync(HubRuntime hub, HubCallerContext caller, ReadOnlyMemory<byte> body)
    {
        if (!UpstreamBodies.TryParseDisconnected(body.Span, out var error))
        {
            return UpstreamResponse.Error(400, """The body of a disconnected event must be {"type":11}, with an "error" or without.""");
        }

        try
        {
            await using var scope = _scopes.CreateAsyncScope();
            await RunAsync(hub.Create(scope.ServiceProvider, caller), hub => hub.OnDisconnectedAsync(error));
        }
        catch (Exception exception) when (!caller.RequestAborted.IsCancellationRequested)
        {
            Log.DisconnectedFailed(_logger, hub.Descriptor.Name, caller.ConnectionId, exception);
        }

        return UpstreamResponse.Empty;
    }

    private async Task<UpstreamResponse> InvokeAsync(
        HubRuntime hub, HubMethod method, HubCallerContext caller, HubProtocol protocol, ReadOnlyMemory<byte> body)
    {
        Invocation invocation;
        try
        {
            invocation = Invocation.Read(protocol, body.Span);
        }
        catch (HubProtocolException malformed)
        {
            return UpstreamResponse.Error(400, malformed.Message);
        }

        if (!Same(invocation.Target, method.Name))
        {
            return UpstreamResponse.Error(400, $"The body's target is not that of the header {UpstreamHeaders.Event}.");
        }

        var output = new ArrayBufferWriter<byte>();
        try
        {
            var result = await InvokeAsync(hub, method, caller, invocation);
            if (invocation.Id is not null)
            {
                result.Write(protocol, output, invocation.Id);
            }
        }
        catch (Exception exception) when (!caller.RequestAborted.IsCancellationRequested)
        {
            var error = ErrorText(hub, method, caller, exception);
            if (invocation.Id is not null)
            {
                output.ResetWrittenCount();
                protocol.WriteError(output, invocation.Id, error);
            }
        }

        return output.WrittenCount == 0 ? UpstreamResponse.Empty : UpstreamResponse.Completion(output.WrittenMemory);
    }

    private async Task<HubResult> InvokeAsync(HubRuntime hub, HubMethod method, HubCallerContext caller, Invocation invocation)
    {
        if (invocation.IsStream)
        {
            throw new ArgumentBindingException(
                $"The client attempted to invoke the non-streaming '{method.Name}' method with a streaming invocation.");
        }

        if (invocation.Arguments.Count != method.Parameters.Count)
        {
            throw new ArgumentBindingException(
                $"Invocation provides {invocation.Arguments.Count} argument(s) but '{method.Name}' expects {method.Parameters.Count}.");
        }

        var call = new HubCall(method, invocation.Arguments, _options.Json, caller.RequestAborted);
        var result = HubResult.None;
        await using var scope = _scopes.CreateAsyncScope();
        await RunAsync(
            hub.Create(scope.ServiceProvider, caller),
            async hub => result = await method.InvokeAsync(hub, call));
        return result;
    }

    private static async Task RunAsync(Hub hub, Func<Hub, Task> run)
    {
        try
        {
            await run(hub);
        }
        finally
        {
            switch (hub)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync();
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>What the client is told, and whose fault it was in the log.</summary>
    private string ErrorText(HubRuntime hub, HubMethod method, HubCallerContext caller, Exception exception)
    {
        switch (exception)
        {
            case HubException or ArgumentBindingException:
                Log.CallRefused(_logger, hub.Descriptor.Name, method.Name, caller.ConnectionId, exception.Message);
                return exception.Message;
            default:
                Log.MethodFailed(_logger, hub.Descriptor.Name, method.Name, caller.ConnectionId, exception);
                return $"An unexpected error occurred invoking '{method.Name}' on the server.";
        }
    }
}
