using System.Collections.Concurrent;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Metering;

/// <summary>What this node has used, hub by hub.</summary>
internal sealed class HubMeters
{
    private readonly ConcurrentDictionary<string, HubMeter> _hubs = new(StringComparer.Ordinal);

    /// <summary>Every hub that anyone has been in.</summary>
    public IEnumerable<HubMeter> All => _hubs.Select(static pair => pair.Value);

    /// <summary>The meter of a hub that someone has been in.</summary>
    public HubMeter? Find(string hub) => _hubs.GetValueOrDefault(hub);

    /// <summary>The hub's meter; made at the first use.</summary>
    public HubMeter Of(HubName hub) => _hubs.GetOrAdd(hub.Value, static name => new HubMeter(name));
}
