namespace Serverless.Gateway.Upstream.Calls;

/// <summary>Represents an event's place among the events of its connection, and the time at which it arrived.</summary>
/// <param name="Sequence">The place, from 1; 0 if it is not known.</param>
/// <param name="Ticks">The time in UTC; 0 for now.</param>
/// <param name="TracingId">The event's id in the live trace; 0 while the trace is off.</param>
internal readonly record struct EventMark(int Sequence, long Ticks, long TracingId = 0);
