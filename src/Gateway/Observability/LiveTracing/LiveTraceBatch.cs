using System.Text.Json.Serialization;

namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>Events that are sent to a viewer together.</summary>
/// <param name="Events">The events, in the order in which the node created them.</param>
/// <param name="Omitted">The number of events that the filter selected and that were left out since the last batch.</param>
/// <param name="SampledOneIn">The number of messages of which one is shown, with all its events; 1 for every message.</param>
internal sealed record LiveTraceBatch(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] IReadOnlyList<LiveTraceEvent> Events,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long Omitted,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int SampledOneIn)
{
    /// <summary>Gets the number of nodes that watch; in the first batch only.</summary>
    public int? Nodes { get; init; }
}
