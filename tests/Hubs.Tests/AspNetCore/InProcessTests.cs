using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.AspNetCore;

/// <summary>A hub that is also mapped by <c>MapHub</c>: direct calls of its own clients run as without this library.</summary>
public sealed class InProcessTests
{
    private readonly Script _script = new();

    [Fact]
    public async Task A_client_in_process_connects_calls_and_leaves()
    {
        await using var app = await HubApp.StartAsync(
            app =>
            {
                app.UseWebSockets();
                app.MapHub<CaseHub>("/direct");
                app.MapServerlessHub<CaseHub>("/cases");
            },
            signalR => signalR.Services.AddSingleton(_script).AddScoped<ScopedThing>());
        _script.Next = hub => Task.FromResult(hub.Context.ConnectionId);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri(app.Address.Replace("http:", "ws:", StringComparison.Ordinal) + "/direct"), limit.Token);
        Assert.Equal("{}\u001e", await AskAsync("{\"protocol\":\"json\",\"version\":1}\u001e"));
        Assert.StartsWith(
            "{\"type\":3,\"invocationId\":\"7\",\"result\":",
            await AskAsync("{\"type\":1,\"invocationId\":\"7\",\"target\":\"Run\",\"arguments\":[\"direct\"]}\u001e"),
            StringComparison.Ordinal);
        using var behind = await app.PostAsync("/cases/upstream", "casehub", "messages", "Run", """{"type":1,"invocationId":"1","target":"Run","arguments":["behind"]}""");
        Assert.Contains("conn-1", await behind.Content.ReadAsStringAsync(limit.Token), StringComparison.Ordinal);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
        while (_script.Calls.Count < 4)
        {
            await Task.Delay(10, limit.Token);
        }

        Assert.Equal(["connected", "direct", "behind", "disconnected cleanly"], _script.Calls);

        // One message is one frame.
        async Task<string> AskAsync(string message)
        {
            await client.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
            var buffer = new byte[4096];
            var received = await client.ReceiveAsync(buffer, limit.Token);
            return Encoding.UTF8.GetString(buffer, 0, received.Count);
        }
    }
}
