namespace Serverless.Gateway.Upstream.Calls;

/// <summary>Where an event stands among its connection's, and when it came.</summary>
/// <param name="Sequence">From 1; 0 where it is not known.</param>
/// <param name="Ticks">UTC; 0 for now.</param>
/// <param name="TracingId">Its id in the live trace; 0 where nobody listens.</param>
internal readonly record struct EventMark(int Sequence, long Ticks, long TracingId = 0);
