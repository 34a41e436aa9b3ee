using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.InMemory;

/// <summary>Clients that read slowly or not at all, over a transport whose window the test sets.</summary>
public sealed class BackPressureTests : IAsyncLifetime
{
    private const string Hub = "slow";
    private const int Window = 4096;
    private const int OutboxBytes = 65_536;
    private const int MessageBytes = 8000;

    private MemoryGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await MemoryGateway.StartAsync(
    [
        new("Gateway__AccessKeys__0", GatewayFixture.Key),
        new("Gateway__Clients__OutboxBytes", $"{OutboxBytes}"),
    ]);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_client_that_does_not_read_is_closed_when_its_outbox_is_full_and_its_neighbour_gets_everything()
    {
        await using var slow = await ConnectAsync(Window);
        await using var quick = await ConnectAsync(MemoryTransport.Window);
        const int Messages = 2 * OutboxBytes / MessageBytes;
        for (var i = 0; i < Messages; i++)
        {
            await SendAsync(i);
            Assert.Contains($"\"m{i}\"", await quick.NextAsync(), StringComparison.Ordinal);
        }

        var received = await slow.ToEndAsync();
        Assert.Contains("\"m0\"", received, StringComparison.Ordinal);
        Assert.DoesNotContain($"\"m{Messages - 1}\"", received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_reads_late_gets_everything_that_its_outbox_could_hold()
    {
        await using var late = await ConnectAsync(Window);
        const int Messages = OutboxBytes / MessageBytes / 2;
        for (var i = 0; i < Messages; i++)
        {
            await SendAsync(i);
        }

        for (var i = 0; i < Messages; i++)
        {
            Assert.Contains($"\"m{i}\"", await late.NextAsync(), StringComparison.Ordinal);
        }
    }

    private Task<HubPeer> ConnectAsync(int window) =>
        HubPeer.ConnectAsync(_gateway.Address, Hub, GatewayFixture.ClientToken(Hub), HubProtocol.Json, receiveBuffer: window);

    private Task SendAsync(int number) =>
        new RestCaller(_gateway.Address).SendMessageAsync($"/api/v1/hubs/{Hub}", $"m{number}", $"[\"{new string('x', MessageBytes)}\"]");
}
