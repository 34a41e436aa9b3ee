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
/// Dispatches upstream requests of the gateway to hubs, and creates the responses. Independent of any host, so that an HTTP trigger of
/// any kind can pass requests to it.
/// </summary>
/// <remarks>
/// The statuses are those of Azure Functions' SignalR trigger, with one exception: a body that does not match its headers is answered with
/// 400 and not 500, because a retry would not help. The signature is checked first, so that an unauthenticated sender learns nothing
/// about the app.
/// <code>
/// 401 signature · 413 body too large · 415 media type · 401 signature of the whole request · 400 header missing · 404 no such hub or method
/// 400 malformed body
/// connected: 200, or 403 if the hub threw      disconnected: 200
/// connected to a hub with [HubAuthorize]: 401 without a user, 403 with a user that is not authorized
/// call with id: 200 and a framed completion     call without id: 200, empty
/// streaming call: 200 and framed items, each flushed, then a framed completion
/// </code>
/// </remarks>
public sealed partial class UpstreamDispatcher
{
    private readonly FrozenDictionary<string, HubRuntime> _hubs;
    private readonly IServiceScopeFactory _scopes;
    private readonly ServerlessHubsOptions _options;
    private readonly string[] _accessKeys;
    private readonly RequestSigner _signer;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RefusalLog _refusals;

    internal UpstreamDispatcher(
        IEnumerable<HubRuntime> hubs,
        IServiceScopeFactory scopes,
        ServiceConnectionString connection,
        IOptions<ServerlessHubsOptions> options,
        TimeProvider time,
        ILogger<UpstreamDispatcher> logger)
    {
        _hubs = hubs.ToFrozenDictionary(hub => hub.Descriptor.Name, StringComparer.OrdinalIgnoreCase);
        _scopes = scopes;
        _options = options.Value;
        _accessKeys = [connection.AccessKey!];
        _signer = new RequestSigner(_accessKeys);
        _time = time;
        _logger = logger;
        _refusals = new RefusalLog(time, logger);
    }

    /// <summary>
    /// Authenticates a request by its headers, so that a host need not read the body of a request that the gateway has not sent.
    /// <see cref="DispatchAsync"/> repeats the check.
    /// </summary>
    /// <param name="header">Returns a header's value by its name, or null if it is absent; values of a repeated header are joined by a comma.</param>
    /// <returns>The response to a request that is refused, or null for a request that may continue.</returns>
    public UpstreamResponse? Authenticate(Func<string, string?> header)
    {
        var connectionId = header(UpstreamHeaders.ConnectionId);
        if (string.IsNullOrEmpty(connectionId) || !UpstreamSignature.Verify(header(UpstreamHeaders.Signature), connectionId, _accessKeys))
        {
            _refusals.Add(UpstreamHeaders.Signature);
            return UpstreamResponse.Error(
                401, $"{UpstreamHeaders.Signature} does not match {UpstreamHeaders.ConnectionId} and the access key in this app's connection string.");
        }

        if (_options.RequireRequestSignature && string.IsNullOrEmpty(header(GatewayHeaders.Signature)))
        {
            _refusals.Add(GatewayHeaders.Signature);
            return UpstreamResponse.Error(401, $"The header {GatewayHeaders.Signature} is required.");
        }

        return null;
    }

    /// <summary>Handles an upstream request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Cancels the handling, streams included.</param>
    /// <returns>The response.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<UpstreamResponse> DispatchAsync(UpstreamRequest request, CancellationToken cancellationToken = default) =>
        Authenticate(request.Header) ?? await DispatchAuthenticatedAsync(request, cancellationToken);

    /// <summary>Handles a request that <see cref="Authenticate"/> has accepted.</summary>
    internal async Task<UpstreamResponse> DispatchAuthenticatedAsync(UpstreamRequest request, CancellationToken cancellationToken)
    {
        // :: 1: check the body, which the host may not have done.
        if (request.Body.Length > _options.MaxBodyBytes)
        {
            return TooLarge();
        }

        if (Protocol(request.ContentType) is not { } protocol)
        {
            return UpstreamResponse.Error(415, "The content type must be application/json or application/x-msgpack.");
        }

        // :: 2: verify the signature of the whole request.
        if (request.Header(GatewayHeaders.Signature) is { Length: > 0 } signature && Verify(request, protocol, signature) is { } refused)
        {
            return refused;
        }

        // :: 3: find the handler.
        var hubName = request.Text(UpstreamHeaders.Hub);
        var category = request.Text(UpstreamHeaders.Category);
        var eventName = request.Text(UpstreamHeaders.Event);
        if (string.IsNullOrEmpty(hubName) || string.IsNullOrEmpty(category) || string.IsNullOrEmpty(eventName))
        {
            return UpstreamResponse.Error(
                400, $"The headers {UpstreamHeaders.Hub}, {UpstreamHeaders.Category} and {UpstreamHeaders.Event} are required.");
        }

        if (!_hubs.TryGetValue(hubName, out var hub) || Handler(hub, category, eventName) is not { } handler)
        {
            return UpstreamResponse.Error(404, $"There is no handler for hub '{hubName}', category '{category}', event '{eventName}'.");
        }

        // :: 4: run the hub.
        var caller = Caller.Read(request, hub.Descriptor.Name, request.Header(UpstreamHeaders.ConnectionId)!, cancellationToken);
        return await handler(this, hub, caller, protocol, request.Body, eventName);
    }

    /// <summary>Returns the response to a body that is over the limit.</summary>
    internal UpstreamResponse TooLarge() => UpstreamResponse.Error(
        413, $"The body is larger than {_options.MaxBodyBytes} bytes, the app's ServerlessHubsOptions.MaxBodyBytes.");

    private UpstreamResponse? Verify(UpstreamRequest request, HubProtocol protocol, string signature)
    {
        var signed = new SignedRequest
        {
            Sender = RequestSigner.DigestSender(
                request.Header(UpstreamHeaders.ConnectionId),
                request.Header(UpstreamHeaders.Hub),
                request.Header(UpstreamHeaders.UserId),
                request.Header(UpstreamHeaders.UserClaims),
                request.Header(UpstreamHeaders.ClientQuery)),
            Category = request.Header(UpstreamHeaders.Category),
            Event = request.Header(UpstreamHeaders.Event),
            MediaType = protocol.ContentType,
            EncodedHeaders = request.Header(GatewayHeaders.EncodedHeaders),
            EventId = request.Header(EventHeaders.Id),
            EventSequence = request.Header(EventHeaders.Sequence),
            EventAttempt = request.Header(EventHeaders.Attempt),
            EventTime = request.Header(EventHeaders.Time),
            Body = request.Body.Span,
        };
        var result = _signer.Verify(signature, in signed, _time.GetUtcNow(), _options.RequestSignatureTolerance);
        if (result == RequestSignatureResult.Right)
        {
            return null;
        }

        _refusals.Add(GatewayHeaders.Signature);
        return UpstreamResponse.Error(401, result == RequestSignatureResult.Stale
            ? $"{GatewayHeaders.Signature} is too old, or the clocks of gateway and app differ by more than {_options.RequestSignatureTolerance}."
            : $"{GatewayHeaders.Signature} does not match the request.");
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
            var access = await hub.AuthorizeAsync(caller, scope.ServiceProvider, _options, method: null);
            if (!access.IsAllowed)
            {
                Log.ConnectionRefused(_logger, hub.Descriptor.Name, caller.ConnectionId, "not authorized");
                return UpstreamResponse.Error(access.Status, "The user is not authorized for this hub.");
            }

            await RunAsync(
                hub,
                nameof(Hub.OnConnectedAsync),
                hub.Create(scope.ServiceProvider, caller),
                instance => hub.ConnectAsync(new HubLifetimeContext(instance, scope.ServiceProvider)));
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
            await RunAsync(
                hub,
                nameof(Hub.OnDisconnectedAsync),
                hub.Create(scope.ServiceProvider, caller),
                instance => hub.DisconnectAsync(new HubLifetimeContext(instance, scope.ServiceProvider), error));
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
            return UpstreamResponse.Error(400, $"The body's target does not match the header {UpstreamHeaders.Event}.");
        }

        if (method.IsStream && invocation is { IsStream: true, Id: { } streamId })
        {
            return UpstreamResponse.Stream(output => StreamAsync(
                hub, method, caller, invocation, new StreamedAnswer(protocol, streamId, output)));
        }

        var output = new ArrayBufferWriter<byte>();
        try
        {
            var result = await InvokeAsync(hub, method, caller, invocation, stream: null);
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

    private async Task StreamAsync(
        HubRuntime hub, HubMethod method, HubCallerContext caller, Invocation invocation, StreamedAnswer stream)
    {
        string? error = null;
        try
        {
            await InvokeAsync(hub, method, caller, invocation, stream);
        }
        catch (Exception exception) when (!caller.RequestAborted.IsCancellationRequested)
        {
            error = ErrorText(hub, method, caller, exception);
        }

        await stream.CompleteAsync(error, caller.RequestAborted);
    }

    private async Task<HubResult> InvokeAsync(
        HubRuntime hub, HubMethod method, HubCallerContext caller, Invocation invocation, StreamedAnswer? stream)
    {
        if (method.IsStream != invocation.IsStream || method.IsStream != (stream is not null))
        {
            throw new ArgumentBindingException(
                $"The client attempted to invoke the {Kind(method.IsStream)} '{method.Name}' method with a {Kind(invocation.IsStream)} invocation.");
        }

        if (invocation.Arguments.Count != method.Parameters.Count)
        {
            throw new ArgumentBindingException(
                $"Invocation provides {invocation.Arguments.Count} argument(s) but '{method.Name}' expects {method.Parameters.Count}.");
        }

        await using var scope = _scopes.CreateAsyncScope();
        if (!(await hub.AuthorizeAsync(caller, scope.ServiceProvider, _options, method)).IsAllowed)
        {
            throw new ArgumentBindingException($"Failed to invoke '{method.Name}' because user is unauthorized");
        }

        var call = new HubCall(method, invocation.Arguments, _options.Json, stream, caller.RequestAborted);
        var result = HubResult.None;
        await RunAsync(
            hub,
            method.Name,
            hub.Create(scope.ServiceProvider, caller),
            async instance => await hub.InvokeAsync(
                new HubInvocationContext(instance, scope.ServiceProvider, method, call),
                async context => result = await method.InvokeAsync(context.Hub, call)));
        return result;

        static string Kind(bool isStream) => isStream ? "streaming" : "non-streaming";
    }

    private static async Task RunAsync(HubRuntime hub, string method, Hub instance, Func<Hub, Task> run)
    {
        using var activity = HubTrace.Start(hub.Descriptor.Name, method, instance.Context.Trace);
        try
        {
            await run(instance);
        }
        catch (Exception exception)
        {
            activity.Fail(exception);
            throw;
        }
        finally
        {
            switch (instance)
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

    /// <summary>Returns the error text for the client, and logs the failure at the level of the party at fault.</summary>
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
