using System.Diagnostics;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Backplane;

/// <summary>A message that has no receiver on this node, and may have one on another.</summary>
/// <param name="Hub">The hub.</param>
/// <param name="Target">Whom it is for.</param>
/// <param name="Reason">Why nobody gets it, as the routing numbers it; of several nodes' reasons the greatest, which says most.</param>
/// <param name="Method">The clients' method that it calls; null if nobody wants to know.</param>
/// <param name="TracingId">Its id in the live trace; 0 for none.</param>
/// <param name="TraceId">The distributed trace that it belongs to; default for none.</param>
internal readonly record struct ReceiverSearch(HubName Hub, Target Target, int Reason, string? Method, long TracingId, ActivityTraceId TraceId = default);
