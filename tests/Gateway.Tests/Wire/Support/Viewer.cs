using System.Globalization;
using System.Text.Json;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A viewer at <c>/admin/live</c>.</summary>
internal sealed class Viewer : IAsyncDisposable
{
    public const string Path = "/admin/live";

    private readonly HubPeer _peer;
    private int _lastId;

    private Viewer(HubPeer peer) => _peer = peer;

    public HubPeer Peer => _peer;

    public static async Task<Viewer> ConnectAsync(Uri gateway)
    {
        var connection = await RawConnection.OpenAsync(gateway);
        await connection.WriteAsync(HubPeer.UpgradeRequest(gateway, "", RestCaller.Token(Path), path: Path));
        var peer = await HubPeer.UpgradedAsync(connection, HubProtocol.Json);
        await peer.ShakeHandsAsync();
        return new Viewer(peer);
    }

    /// <summary>Starts a stream.</summary>
    /// <returns>The id of the stream.</returns>
    public async Task<string> StreamAsync(string method, string arguments = "[]")
    {
        var id = (++_lastId).ToString(CultureInfo.InvariantCulture);
        await _peer.SendAsync($$"""{"type":4,"invocationId":"{{id}}","target":"{{method}}","arguments":{{arguments}}}""");
        return id;
    }

    public Task CancelAsync(string id) => _peer.SendAsync($$"""{"type":5,"invocationId":"{{id}}"}""");

    /// <summary>Reads the next message: an item or a completion.</summary>
    public async Task<JsonElement> NextAsync()
    {
        using var json = JsonDocument.Parse(await _peer.NextAsync());
        return json.RootElement.Clone();
    }

    public ValueTask DisposeAsync() => _peer.DisposeAsync();
}
