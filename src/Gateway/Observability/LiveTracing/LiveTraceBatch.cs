using System.Text.Json.Serialization;

namespace Serverless.Gateway.Observability.LiveTracing;

/// <summary>Events that go to a viewer together.</summary>
/// <param name="Events">In the order in which the node made them.</param>
/// <param name="Omitted">Events that the filter let through and that were left out since the last batch.</param>
/// <param name="SampledOneIn">Of so many messages one is shown, with all its events; 1 for every message.</param>
internal sealed record LiveTraceBatch(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] IReadOnlyList<LiveTraceEvent> Events,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long Omitted,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int SampledOneIn)
{
    /// <summary>In the first batch: how many nodes watch.</summary>
    public int? Nodes { get; init; }
}
