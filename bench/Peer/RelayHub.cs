using Microsoft.AspNetCore.SignalR;

namespace Serverless.Peer;

/// <summary>A hub that forwards a client's call to the HTTP upstream and returns the upstream's result.</summary>
internal sealed class RelayHub(HttpClient upstream, PeerSettings settings) : Hub
{
    public async Task<string> Relay(string payload)
    {
        using var body = new StringContent(payload);
        using var response = await upstream.PostAsync("api/peer/messages/Relay", body, Context.ConnectionAborted);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(Context.ConnectionAborted);
    }

    public override Task OnConnectedAsync() => settings.ConnectionEvents ? TellAsync("connected") : Task.CompletedTask;

    public override Task OnDisconnectedAsync(Exception? exception) =>
        settings.ConnectionEvents ? TellAsync("disconnected") : Task.CompletedTask;

    private async Task TellAsync(string connectionEvent)
    {
        using var response = await upstream.PostAsJsonAsync(
            $"api/peer/connections/{connectionEvent}", new ConnectionEvent(Context.ConnectionId));
        response.EnsureSuccessStatusCode();
    }
}
