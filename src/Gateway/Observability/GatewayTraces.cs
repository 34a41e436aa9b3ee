using System.Diagnostics;

namespace Serverless.Gateway.Observability;

/// <summary>
/// The source of all the gateway's spans, and what is in them: a published interface, listed in docs/metrics.md, in the words of
/// OpenTelemetry's conventions (rpc, http, messaging) and of ASP.NET Core SignalR's own spans. What clients and apps write (arguments,
/// users, groups, addresses, tokens) is in none.
/// </summary>
internal static class GatewayTraces
{
    public const string Name = "Serverless.Gateway";

    /// <summary>A client's call, or its coming or going, until its completion is sent. Shown as <c>chat/say</c>.</summary>
    public const string Invocation = "Serverless.Gateway.Invocation";

    /// <summary>One attempt to call a function. Shown as <c>POST</c>.</summary>
    public const string UpstreamRequest = "Serverless.Gateway.UpstreamRequest";

    /// <summary>A REST call. Shown as <c>POST /api/hubs/{hub}/:send</c>.</summary>
    public const string RestCall = "Serverless.Gateway.RestCall";

    /// <summary>A message on its way to all nodes. Shown as <c>send chat</c>.</summary>
    public const string Send = "Serverless.Gateway.Send";

    /// <summary>A message at one node, until its connections have it in line. Shown as <c>deliver chat</c>.</summary>
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

    /// <summary>What a value is called that is not named: OpenTelemetry's own word.</summary>
    public const string Other = "_OTHER";

    public static readonly ActivitySource Source = new(Name);

    /// <summary>Somebody listens. All else that has to do with traces comes behind this check.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>The span that the caller is within; null if it is within none of the gateway's.</summary>
    public static Activity? Current => Activity.Current is { } current && current.Source == Source ? current : null;

    /// <summary>
    /// Begins a span whose parent is the one given, or that has none: what is current, an HTTP request that brought a client's bytes for
    /// instance, has no part in it. Leaves as current what was.
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
    /// Gives what is called from now on a trace context also where nobody records spans: ids that functions and other nodes are told, and that
    /// are in the sample of whoever records alone. Disposing of it ends that.
    /// </summary>
    public static ActivityListener GiveContexts()
    {
        var listener = new ActivityListener
        {
            // Asked while the source itself is being made, too.
            ShouldListenTo = static source => source.Name == Name,
            Sample = static (ref _) => ActivitySamplingResult.PropagationData,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    /// <summary>Marks a span as failed.</summary>
    /// <param name="activity">The span; null if there is none.</param>
    /// <param name="type">Of a few words, never a message.</param>
    public static void Fail(this Activity? activity, string type)
    {
        activity?.SetTag(ErrorType, type);
        activity?.SetStatus(ActivityStatusCode.Error);
    }
}
