using Microsoft.AspNetCore.SignalR;

namespace Serverless.Peer;

/// <summary>A hub that hands what a client sends to the HTTP upstream and gives the upstream's answer back.</summary>
internal sealed class RelayHub(HttpClient upstream, PeerSettings settings) : Hub
{
    public async Task<string?> Relay(string payload)
    {
        using var response = await upstream.PostAsJsonAsync("api/peer/messages/Relay", new RelayRequest("0", [payload]), Context.ConnectionAborted);
        response.EnsureSuccessStatusCode();
        var completion = await response.Content.ReadFromJsonAsync<RelayResponse>(Context.ConnectionAborted);
        return completion?.Result;
    }

    public override Task OnConnectedAsync() => settings.ConnectionEvents ? TellAsync("connected") : Task.CompletedTask;

    public override Task OnDisconnectedAsync(Exception? exception) =>
        settings.ConnectionEvents ? TellAsync("disconnected") : Task.CompletedTask;

    private async Task TellAsync(string connectionEvent)
    {
        using var response = await upstream.PostAsJsonAsync($"api/peer/connections/{connectionEvent}", new ConnectionEvent(Context.ConnectionId));
        response.EnsureSuccessStatusCode();
    }
}
