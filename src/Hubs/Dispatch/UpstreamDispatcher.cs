using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Hubs.Dispatch;
using Serverless.Hubs.Execution;
using Serverless.Hubs.Registration;
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
/// connected to a hub with [Authorize]: 401 without a user, 403 with a user that is not authorized
/// call with id: 200 and a framed completion     call without id: 200, empty
/// streaming call: 200 and framed items, each flushed, then a framed completion
/// </code>
/// </remarks>
public sealed partial class UpstreamDispatcher
{
    private readonly HubCatalog _hubs;
    private readonly IServiceScopeFactory _scopes;
    private readonly int _maxBodyBytes;
    private readonly RequestVerifier _verifier;
    private readonly ILogger _logger;

    internal UpstreamDispatcher(
        HubCatalog hubs,
        IServiceScopeFactory scopes,
        ServiceConnectionString connection,
        IOptions<ServerlessHubsOptions> options,
        TimeProvider time,
        ILogger<UpstreamDispatcher> logger)
    {
        _hubs = hubs;
        _scopes = scopes;
        _maxBodyBytes = options.Value.MaxBodyBytes;
        _verifier = new RequestVerifier(connection.AccessKey!, options.Value, time, logger);
        _logger = logger;
    }

    /// <summary>
    /// Authenticates a request by its headers, so that a host need not read the body of a request that the gateway has not sent.
    /// <see cref="DispatchAsync"/> repeats the check.
    /// </summary>
    /// <param name="header">Returns a header's value by its name, or null if it is absent; values of a repeated header are joined by a comma.</param>
    /// <returns>The response to a request that is refused, or null for a request that may continue.</returns>
    public UpstreamResponse? Authenticate(Func<string, string?> header) => _verifier.VerifyHeaders(header);

    /// <summary>Handles an upstream request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">
    /// Cancels the handling, streams included. A token of the request: objects of the request stay registered with it after the request has ended.
    /// </param>
    /// <returns>The response.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<UpstreamResponse> DispatchAsync(UpstreamRequest request, CancellationToken cancellationToken = default) =>
        Authenticate(request.Header) ?? await DispatchAuthenticatedAsync(request, cancellationToken);

    /// <summary>Handles a request that <see cref="Authenticate"/> has accepted.</summary>
    internal async Task<UpstreamResponse> DispatchAuthenticatedAsync(UpstreamRequest request, CancellationToken cancellationToken)
    {
        // :: 1: check the body, which the host may not have done.
        if (request.Body.Length > _maxBodyBytes)
        {
            return TooLarge();
        }

        if (Protocol(request.ContentType) is not { } protocol)
        {
            return UpstreamResponse.Error(415, "The content type must be application/json or application/x-msgpack.");
        }

        // :: 2: verify the signature of the whole request.
        if (_verifier.VerifyRequest(request, protocol) is { } refused)
        {
            return refused;
        }

        // :: 3: find the hub.
        var hubName = request.Text(UpstreamHeaders.Hub);
        var category = request.Text(UpstreamHeaders.Category);
        var eventName = request.Text(UpstreamHeaders.Event);
        if (string.IsNullOrEmpty(hubName) || string.IsNullOrEmpty(category) || string.IsNullOrEmpty(eventName))
        {
            return UpstreamResponse.Error(
                400, $"The headers {UpstreamHeaders.Hub}, {UpstreamHeaders.Category} and {UpstreamHeaders.Event} are required.");
        }

        if (_hubs.Find(hubName) is not { } hub)
        {
            return NoHandler(hubName, category, eventName);
        }

        // :: 4: run the hub.
        var caller = new Caller(request, request.Header(UpstreamHeaders.ConnectionId)!, cancellationToken);
        var response = Same(category, UpstreamCategories.Messages) ? await CallAsync(hub, caller, protocol, request.Body, eventName)
            : !Same(category, UpstreamCategories.Connections) ? NoHandler(hubName, category, eventName)
            : Same(eventName, UpstreamCategories.Connected) ? await ConnectedAsync(hub, caller, request.Body)
            : Same(eventName, UpstreamCategories.Disconnected) ? await DisconnectedAsync(hub, caller, request.Body)
            : NoHandler(hubName, category, eventName);
        cancellationToken.ThrowIfCancellationRequested();
        return response;
    }

    /// <summary>Returns the response to a body that is over the limit.</summary>
    internal UpstreamResponse TooLarge() => UpstreamResponse.Error(
        413, $"The body is larger than {_maxBodyBytes} bytes, the app's ServerlessHubsOptions.MaxBodyBytes.");

    private static UpstreamResponse NoHandler(string hub, string category, string eventName) =>
        UpstreamResponse.Error(404, $"There is no handler for hub '{hub}', category '{category}', event '{eventName}'.");

    private static HubProtocol? Protocol(string? contentType)
    {
        var mediaType = (contentType ?? "").Split(';', 2)[0].Trim();
        return HubProtocol.All.FirstOrDefault(protocol => mediaType.Equals(protocol.ContentType, StringComparison.OrdinalIgnoreCase));
    }

    private static bool Same(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);

    private async Task<UpstreamResponse> ConnectedAsync(IServerlessHub hub, Caller caller, ReadOnlyMemory<byte> body)
    {
        if (!UpstreamBodies.TryParseConnected(body.Span))
        {
            return UpstreamResponse.Error(400, """The body of a connected event must be {"type":10}.""");
        }

        if (await RefusalAsync(hub, caller) is var status and not 0)
        {
            Log.ConnectionRefused(_logger, hub.Name, caller.ConnectionId, "not authorized");
            return UpstreamResponse.Error(status, "The user is not authorized for this hub.");
        }

        var run = await hub.Runner.RunAsync(caller, HubRunKind.Connected);
        LogScopeFailure(hub, nameof(Hub.OnConnectedAsync), caller, run);
        switch (run.Failure)
        {
            case null when run.IsAborted && !caller.RequestAborted.IsCancellationRequested:
                return UpstreamResponse.Error(403, "The hub aborted the connection.");
            case null or OperationCanceledException when caller.RequestAborted.IsCancellationRequested:
            case null:
                return UpstreamResponse.Empty;
            case HubException refusal:
                Log.ConnectionRefused(_logger, hub.Name, caller.ConnectionId, refusal.Message);
                return UpstreamResponse.Error(403, refusal.Message);
            default:
                Log.ConnectedFailed(_logger, hub.Name, caller.ConnectionId, run.Failure);
                return UpstreamResponse.Error(403, "The hub refused the connection.");
        }
    }

    private async Task<UpstreamResponse> DisconnectedAsync(IServerlessHub hub, Caller caller, ReadOnlyMemory<byte> body)
    {
        if (!UpstreamBodies.TryParseDisconnected(body.Span, out var error))
        {
            return UpstreamResponse.Error(400, """The body of a disconnected event must be {"type":11}, with an "error" or without.""");
        }

        var reason = error is null ? null : new Microsoft.AspNetCore.Connections.ConnectionAbortedException(error);
        var run = await hub.Runner.RunAsync(caller, HubRunKind.Disconnected, reason);
        LogScopeFailure(hub, nameof(Hub.OnDisconnectedAsync), caller, run);
        if (run.Failure is not null && !caller.RequestAborted.IsCancellationRequested)
        {
            Log.DisconnectedFailed(_logger, hub.Name, caller.ConnectionId, run.Failure);
        }

        return UpstreamResponse.Empty;
    }

    private void LogScopeFailure(IServerlessHub hub, string method, Caller caller, HubRun run)
    {
        if (run.ScopeFailure is not null)
        {
            Log.ScopeFailed(_logger, hub.Name, method, caller.ConnectionId, run.ScopeFailure);
        }
    }

    private async ValueTask<int> RefusalAsync(IServerlessHub hub, Caller caller)
    {
        if (!hub.Access.IsRestricted)
        {
            return 0;
        }

        try
        {
            await using var scope = _scopes.CreateAsyncScope();
            return await hub.Access.RefusalAsync(caller, scope.ServiceProvider);
        }
        catch (Exception exception) when (!caller.RequestAborted.IsCancellationRequested)
        {
            Log.AuthorizationFailed(_logger, hub.Name, caller.ConnectionId, exception);
            return 403;
        }
    }
}
