namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>The categories of live-trace events, as the service has them.</summary>
[Flags]
internal enum LiveTraceCategory
{
    None = 0,

    /// <summary>Connections that open and close.</summary>
    Connectivity = 1,

    /// <summary>Messages from and to clients.</summary>
    Messaging = 2,

    /// <summary>Calls to upstreams and to the REST API.</summary>
    HttpRequests = 4,

    All = Connectivity | Messaging | HttpRequests,
}
