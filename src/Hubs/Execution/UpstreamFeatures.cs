using System.Collections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Serverless.Hubs.Execution;

/// <summary>The features of an <see cref="UpstreamConnection"/>: its own without a dictionary, those that an app adds in one.</summary>
internal sealed class UpstreamFeatures(UpstreamConnection connection, HubRun run) : IFeatureCollection
{
    private FeatureCollection? _others;

    public bool IsReadOnly => false;

    public int Revision => _others?.Revision ?? 0;

    public object? this[Type key]
    {
        get => _others?[key] ?? Own(key);
        set => (_others ??= [])[key] = value;
    }

    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator()
    {
        foreach (var (type, feature) in _others ?? [])
        {
            yield return new(type, feature);
        }

        yield return new(typeof(IConnectionUserFeature), connection);
        yield return new(typeof(IHttpContextFeature), connection);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private object? Own(Type key) =>
        key == typeof(HubRun) ? run
        : key == typeof(IConnectionUserFeature) || key == typeof(IHttpContextFeature) || key == typeof(IConnectionInherentKeepAliveFeature)
            || key == typeof(UpstreamConnection) ? connection
        : null;
}
