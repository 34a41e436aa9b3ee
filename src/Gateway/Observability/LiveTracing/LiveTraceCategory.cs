namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>What an event of the live trace is about; the service's three categories.</summary>
[Flags]
internal enum LiveTraceCategory
{
    None = 0,

    /// <summary>Connections that come and go.</summary>
    Connectivity = 1,

    /// <summary>Messages of and to clients.</summary>
    Messaging = 2,

    /// <summary>Calls of upstreams and of the REST API.</summary>
    HttpRequests = 4,

    All = Connectivity | Messaging | HttpRequests,
}
