using System.Diagnostics;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Backplane;

/// <summary>Represents a message that has no receiver on this node, and may have one on another.</summary>
/// <param name="Hub">The hub.</param>
/// <param name="Target">The connections that it is for.</param>
/// <param name="Reason">The routing's number for the reason why it has no receiver; of several nodes' numbers the greatest (most specific).</param>
/// <param name="Method">The clients' method that it invokes; null while the live trace is off.</param>
/// <param name="TracingId">Its id in the live trace; 0 for none.</param>
/// <param name="TraceId">The distributed trace that it belongs to; default for none.</param>
internal readonly record struct ReceiverSearch(HubName Hub, Target Target, int Reason, string? Method, long TracingId, ActivityTraceId TraceId = default);
