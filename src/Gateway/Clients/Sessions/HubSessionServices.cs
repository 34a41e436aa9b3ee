using Microsoft.Extensions.Options;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Dispatch;
using Serverless.Gateway.Dispatch.InProcess;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Routing;

namespace Serverless.Gateway.Clients.Sessions;

/// <summary>The services and limits that all hub sessions share.</summary>
internal sealed class HubSessionServices(
    ConnectionTable table,
    HubMeters meters,
    Quotas quotas,
    ClientCapacity capacity,
    HubDispatcher dispatcher,
    GatewayMethods methods,
    UserGroups userGroups,
    StatefulSessions statefulSessions,
    IHostApplicationLifetime lifetime,
    LiveTrace trace,
    DiagnosticSink diagnostics,
    QueuedBytes queued,
    TimeProvider time,
    IOptions<ClientOptions> options,
    ILoggerFactory loggers)
{
    // Operators set log levels by this category, so it keeps its name when the namespace changes.
    private const string LogCategory = "Serverless.Gateway.Clients.HubSession";

    public ConnectionTable Table { get; } = table;

    public HubMeters Meters { get; } = meters;

    public Quotas Quotas { get; } = quotas;

    public ClientCapacity Capacity { get; } = capacity;

    public HubDispatcher Dispatcher { get; } = dispatcher;

    /// <summary>The methods that viewers of the live feed can call.</summary>
    public GatewayMethods Methods { get; } = methods;

    public UserGroups UserGroups { get; } = userGroups;

    public StatefulSessions StatefulSessions { get; } = statefulSessions;

    public int MaxMessageBytes { get; } = options.Value.MaxMessageBytes;

    public int MaxUnackedBytes { get; } = options.Value.StatefulReconnectBufferBytes;

    /// <summary>True once the process is stopping.</summary>
    public bool IsStopping => lifetime.ApplicationStopping.IsCancellationRequested;

    public LiveTrace Trace { get; } = trace;

    public DiagnosticSink Diagnostics { get; } = diagnostics;

    public QueuedBytes Queued { get; } = queued;

    public TimeProvider Time { get; } = time;

    public ILogger Logger { get; } = loggers.CreateLogger(LogCategory);
}
