using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>Hubs that abort their caller's connection: the gateway is asked to close it.</summary>
public sealed class AbortTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private GatewayRecorder _gateway = null!;

    public async Task InitializeAsync() => _gateway = await GatewayRecorder.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("Abort", 1, 1)]
    [InlineData("Abort", 1, 4)]
    [InlineData("AbortLate", 1, 1)]
    [InlineData("AbortLate", 1, 4)]
    [InlineData("AbortStream", 4, 1)]
    [InlineData("AbortStream", 4, 4)]
    public async Task An_abort_closes_the_connection_over_rest_and_leaves_the_call_without_an_answer(string method, int type, int parallel)
    {
        await using var host = Host(parallel);

        var response = await host.InvokeAsync("abortinghub", method, $$"""{"type":{{type}},"invocationId":"1","target":"{{method}}","arguments":[]}""").WaitAsync(Limit);
        using var body = new MemoryStream();
        await response.CopyToAsync(body).WaitAsync(Limit);

        Assert.Equal((200, ""), (response.Status, Encoding.UTF8.GetString(body.ToArray())));
        Assert.Equal(["DELETE /api/hubs/abortinghub/connections/conn-1?api-version=2022-06-01"], _gateway.Take().Select(request => request.ToString()));
    }

    [Theory]
    [InlineData("Unwritable", 1, 1)]
    [InlineData("Unwritable", 1, 4)]
    [InlineData("UnwritableItem", 4, 1)]
    public async Task An_answer_that_cannot_be_written_closes_the_connection_with_the_framework_s_error(string method, int type, int parallel)
    {
        await using var host = Host(parallel);

        var response = await host.InvokeAsync("abortinghub", method, $$"""{"type":{{type}},"invocationId":"1","target":"{{method}}","arguments":[]}""").WaitAsync(Limit);
        using var body = new MemoryStream();
        await response.CopyToAsync(body).WaitAsync(Limit);

        Assert.Equal((200, ""), (response.Status, Encoding.UTF8.GetString(body.ToArray())));
        Assert.Equal(
            ["DELETE /api/hubs/abortinghub/connections/conn-1?api-version=2022-06-01&reason=Connection%20closed%20with%20an%20error."],
            _gateway.Take().Select(request => request.ToString()));
        host.Log.TakeErrors();
    }

    [Fact]
    public async Task An_abort_of_a_new_connection_refuses_it()
    {
        await using var host = Host(1);
        var response = await host.SendAsync("abortinghub", "connections", "connected", """{"type":10}"""u8.ToArray()).WaitAsync(Limit);
        Assert.Equal(403, response.Status);
        Assert.Empty(_gateway.Take());
    }

    [Fact]
    public async Task A_gateway_that_does_not_close_the_connection_is_a_warning()
    {
        _gateway.Answer = context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
        await using var host = Host(1);
        await host.InvokeAsync("abortinghub", "Abort", """{"type":1,"invocationId":"1","target":"Abort","arguments":[]}""").WaitAsync(Limit);
        Assert.Contains(host.Log.Entries, entry => entry.Id.Name == "CloseFailed");
    }

    private HubHost Host(int parallel) => new(
        hubs => hubs.AddHub<AbortingHub>(options => options.MaximumParallelInvocationsPerClient = parallel), _gateway.Address);

    private sealed class AbortingHub : Hub
    {
        public override Task OnConnectedAsync()
        {
            Context.Abort();
            return Task.CompletedTask;
        }

        public void Abort() => Context.Abort();

        public async Task<string> AbortLate()
        {
            await Task.Yield();
            Context.Abort();
            await Task.Yield();
            Assert.True(Context.ConnectionAborted.WaitHandle.WaitOne(Limit));
            return "unread";
        }

        public Loop Unwritable() => new Loop();

        public async IAsyncEnumerable<Loop> UnwritableItem()
        {
            await Task.Yield();
            yield return new Loop();
        }

        public async IAsyncEnumerable<int> AbortStream()
        {
            await Task.Yield();
            Context.Abort();
            Assert.True(Context.ConnectionAborted.WaitHandle.WaitOne(Limit));
            yield return 1;
        }
    }

    /// <summary>A value without an end, of which JSON has been written in part.</summary>
    internal sealed class Loop
    {
        public string Text => new('x', 1000);

        public Loop Self => this;
    }
}
