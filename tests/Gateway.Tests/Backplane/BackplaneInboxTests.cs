using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Backplane;

public sealed class BackplaneInboxTests
{
    [Fact]
    public async Task There_is_room_again_when_what_waited_has_been_acted_on()
    {
        var inbox = new BackplaneInbox(maxBytes: 1000);
        using var stop = new CancellationTokenSource();
        var gate = new SemaphoreSlim(0);
        var acted = new List<long>();
        var running = inbox.RunAsync(
            async message =>
            {
                await gate.WaitAsync(Waits.Limited());
                acted.Add(message.Request);
            },
            stop.Token);
        Assert.True(inbox.RoomAsync().IsCompleted);
        inbox.Add(Message(1), 600);
        inbox.Add(Message(2), 600);
        Assert.False(inbox.HasRoom);
        var room = inbox.RoomAsync();
        var mark = inbox.MarkAsync();
        Assert.False(room.IsCompleted);
        gate.Release();
        await room.WaitAsync(Waits.Limited());
        Assert.False(mark.IsCompleted);
        gate.Release();
        await mark.WaitAsync(Waits.Limited());
        Assert.Equal([1, 2], acted);
        Assert.Equal(0, inbox.Bytes);
        await stop.CancelAsync();
        await running;
    }

    private static BackplaneMessage Message(long number) => new(BackplaneKind.Tell, "other", number, default, Target.All(), default);
}
