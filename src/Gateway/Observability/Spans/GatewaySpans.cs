using System.Diagnostics;

namespace Serverless.Gateway.Observability.Spans;

/// <summary>
/// The source of all the gateway's spans, and their names and attributes: a published interface, listed in docs/metrics.md, with the names of
/// OpenTelemetry's conventions (rpc, http, messaging) and of ASP.NET Core SignalR's own spans. No span contains text that clients and apps
/// write (arguments, users, groups, addresses, tokens).
/// </summary>
internal static class GatewaySpans
{
    public const string Name = "Serverless.Gateway";

    /// <summary>A client's call, or its connecting or disconnecting, until the completion is sent. Shown as <c>chat/say</c>.</summary>
    public const string Invocation = "Serverless.Gateway.Invocation";

    /// <summary>One attempt to call a function. Shown as <c>POST</c>.</summary>
    public const string UpstreamRequest = "Serverless.Gateway.UpstreamRequest";

    /// <summary>A REST call. Shown as <c>POST /api/hubs/{hub}/:send</c>.</summary>
    public const string RestCall = "Serverless.Gateway.RestCall";

    /// <summary>The sending of a message to all nodes. Shown as <c>send chat</c>.</summary>
    public const string Send = "Serverless.Gateway.Send";

    /// <summary>The delivery of a message on one node, until it is queued for its connections. Shown as <c>deliver chat</c>.</summary>
    public const string Delivery = "Serverless.Gateway.Delivery";

    public const string RpcSystem = "rpc.system";
    public const string RpcService = "rpc.service";
    public const string RpcMethod = "rpc.method";
    public const string RequestMethod = "http.request.method";
    public const string ResponseStatus = "http.response.status_code";
    public const string ResendCount = "http.request.resend_count";
    public const string Route = "http.route";
    public const string UrlScheme = "url.scheme";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
    public const string ErrorType = "error.type";
    public const string MessagingSystem = "messaging.system";
    public const string MessagingOperation = "messaging.operation.name";
    public const string MessagingOperationType = "messaging.operation.type";
    public const string MessagingDestination = "messaging.destination.name";
    public const string Template = "serverless.upstream.template";
    public const string TargetKind = "serverless.target";
    public const string Receivers = "serverless.receivers";

    /// <summary>The value of <see cref="RpcSystem"/> and <see cref="MessagingSystem"/>.</summary>
    public const string SignalR = "signalr";

    /// <summary>The value in place of one that is not shown, as in OpenTelemetry's conventions.</summary>
    public const string Other = "_OTHER";

    public static readonly ActivitySource Source = new(Name);

    /// <summary>True when the source has a listener. All other code for spans runs behind this check.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>The gateway's span that the caller runs within; null if there is none.</summary>
    public static Activity? Current => Activity.Current is { } current && current.Source == Source ? current : null;

    /// <summary>
    /// Starts a span with the given parent, or without one: the current activity, for instance of the HTTP request that brought a client's
    /// bytes, is not its parent. The current activity stays as it was.
    /// </summary>
    public static Activity? StartDetached(string name, ActivityKind kind, ActivityContext parent, ActivityLink[]? links = null)
    {
        var around = Activity.Current;
        Activity.Current = null;
        var activity = Source.StartActivity(name, kind, parent, links: links);
        Activity.Current = around;
        return activity;
    }

    /// <summary>
    /// Gives later calls a trace context also when no listener records spans: ids are passed on to functions and other nodes, and are in the
    /// sample when only those record. Disposing of the listener ends this.
    /// </summary>
    public static ActivityListener GiveContexts()
    {
        var listener = new ActivityListener
        {
            // Also called while the source itself is being constructed.
            ShouldListenTo = static source => source.Name == Name,
            Sample = static (ref _) => ActivitySamplingResult.PropagationData,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    /// <summary>Marks a span as failed.</summary>
    /// <param name="activity">The span; null if there is none.</param>
    /// <param name="type">One of a few fixed words, never a message.</param>
    public static void Fail(this Activity? activity, string type)
    {
        activity?.SetTag(ErrorType, type);
        activity?.SetStatus(ActivityStatusCode.Error);
    }
}
