using System.Text.Json;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A viewer of the live trace, with all events that it has received.</summary>
internal sealed class Watcher : IAsyncDisposable
{
    private readonly Viewer _viewer;
    private readonly List<JsonElement> _seen = [];

    private Watcher(Viewer viewer) => _viewer = viewer;

    /// <summary>The number of nodes that were watching at its start.</summary>
    public int Nodes { get; private set; }

    /// <summary>The events so far.</summary>
    public IReadOnlyList<JsonElement> Seen => _seen;

    /// <summary>All messages as received.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Starts the viewer, and waits until all nodes are watching.</summary>
    public static async Task<Watcher> StartAsync(Uri gateway, string filter)
    {
        var viewer = await Viewer.ConnectAsync(gateway);
        await viewer.StreamAsync("watch", $"[{filter}]");
        var first = await viewer.NextAsync();
        Assert.True(first.GetProperty("type").GetInt32() == 2, first.ToString());
        return new Watcher(viewer) { Nodes = first.GetProperty("item").GetProperty("nodes").GetInt32() };
    }

    /// <summary>Reads until an event matches.</summary>
    public async Task<JsonElement> UntilAsync(string name, Func<JsonElement, bool>? condition = null)
    {
        var from = 0;
        while (true)
        {
            for (; from < _seen.Count; from++)
            {
                if (_seen[from].GetProperty("event").GetString() == name && (condition?.Invoke(_seen[from]) ?? true))
                {
                    return _seen[from];
                }
            }

            var item = await _viewer.NextAsync();
            Text += item.ToString();
            Assert.True(item.GetProperty("type").GetInt32() == 2, $"{item}\nseen: {string.Join('\n', _seen)}");
            _seen.AddRange(item.GetProperty("item").GetProperty("events").EnumerateArray());
        }
    }

    /// <summary>Returns the names of the events of one message, in order.</summary>
    public IEnumerable<string> Journey(long tracingId) => _seen
        .Where(one => one.TryGetProperty("tracingId", out var id) && id.GetInt64() == tracingId)
        .Select(one => one.GetProperty("event").GetString()!);

    /// <summary>Returns the names of the events of one distributed trace, in the order of arrival.</summary>
    public IEnumerable<string> Trace(string traceId) => _seen
        .Where(one => one.TryGetProperty("traceId", out var id) && id.GetString() == traceId)
        .Select(one => one.GetProperty("event").GetString()!);

    public ValueTask DisposeAsync() => _viewer.DisposeAsync();
}
