using System.Collections.Concurrent;

namespace Serverless.Hubs.Registration;

/// <summary>The hubs of the app by name. Hubs are added while the app starts.</summary>
internal sealed class HubCatalog
{
    private readonly ConcurrentDictionary<string, IServerlessHub> _hubs = new(StringComparer.OrdinalIgnoreCase);

    public HubCatalog(IEnumerable<IServerlessHub> hubs)
    {
        foreach (var hub in hubs)
        {
            Add(hub);
        }
    }

    public IServerlessHub? Find(string name) => _hubs.GetValueOrDefault(name);

    /// <summary>Adds a hub; adding it again has no effect.</summary>
    /// <exception cref="InvalidOperationException">Another class has the same name.</exception>
    public void Add(IServerlessHub hub)
    {
        var present = _hubs.GetOrAdd(hub.Name, hub);
        if (present.HubType != hub.HubType)
        {
            throw new InvalidOperationException(
                $"The hubs {present.HubType} and {hub.HubType} have the same name, '{hub.Name}', by which the gateway knows them; rename one.");
        }
    }
}
