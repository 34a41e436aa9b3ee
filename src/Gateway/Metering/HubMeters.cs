using System.Collections.Concurrent;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Metering;

/// <summary>Holds the meters of this node's hubs.</summary>
internal sealed class HubMeters
{
    private readonly ConcurrentDictionary<string, HubMeter> _hubs = new(StringComparer.Ordinal);

    /// <summary>Gets the meters of all hubs that have had a connection.</summary>
    public IEnumerable<HubMeter> All => _hubs.Select(static pair => pair.Value);

    /// <summary>Returns the meter of a hub; null if the hub has had no connection.</summary>
    public HubMeter? Find(string hub) => _hubs.GetValueOrDefault(hub);

    /// <summary>Returns the hub's meter, created at the first use.</summary>
    public HubMeter Of(HubName hub) => _hubs.GetOrAdd(hub.Value, static name => new HubMeter(name));
}
