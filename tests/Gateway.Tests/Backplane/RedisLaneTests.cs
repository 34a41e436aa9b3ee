using Serverless.Gateway.Backplane.Redis.Lanes;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Backplane;

/// <summary>Tests the state of a lane without a connection, and the signal of moved slots.</summary>
public sealed class RedisLaneTests
{
    private readonly RedisLane _lane = new(7);

    [Fact]
    public void Messages_that_a_server_did_not_take_go_back_to_their_place()
    {
        var messages = Enumerable.Range(0, 4).Select(_ => _lane.Create("c", [1], null)).ToList();
        _lane.Add(messages[3]);
        _lane.Return(messages[2]);
        _lane.Return(messages[0]);
        Assert.Equal([messages[0], messages[2], messages[3]], _lane.TakeWaiting());
        Assert.Empty(_lane.TakeWaiting());
    }

    [Fact]
    public void A_message_of_another_lane_gets_the_next_number()
    {
        var own = _lane.Create("c", [1], null);
        _lane.Adopt(new LaneMessage(99, "c", [2], null));
        Assert.Equal(own.Number + 1, Assert.Single(_lane.TakeWaiting()).Number);
    }

    [Fact]
    public void A_lane_that_was_redirected_twice_attaches_only_after_its_holds()
    {
        _lane.CountRedirection();
        _lane.Hold();
        Assert.True(_lane.MayAttach);
        _lane.CountRedirection();
        Assert.False(_lane.MayAttach);
        _lane.Release();
        Assert.True(_lane.MayAttach);
        _lane.Hold();
        Assert.False(_lane.MayAttach);
        _lane.ForgetRedirections();
        Assert.True(_lane.MayAttach);
    }

    [Fact]
    public void Only_a_lane_with_channels_misses_messages_and_from_the_first_move_on()
    {
        _lane.DetachForMove(10);
        Assert.Null(_lane.Confirm());
        _lane.Channels.Add("c");
        _lane.DetachForMove(20);
        _lane.DetachForMove(30);
        Assert.Equal(20, _lane.Confirm());
        Assert.Null(_lane.Confirm());
    }

    [Fact]
    public void Unconfirmed_messages_are_counted_when_all_are_answered()
    {
        _lane.CountSent();
        _lane.CountSent();
        _lane.CountAnswered(isUnconfirmed: true);
        Assert.False(_lane.TryFinishCrossing(out _));
        _lane.CountAnswered(isUnconfirmed: false);
        Assert.True(_lane.TryFinishCrossing(out var unconfirmed));
        Assert.Equal(1, unconfirmed);
        Assert.True(_lane.TryFinishCrossing(out unconfirmed));
        Assert.Equal(0, unconfirmed);
    }

    [Fact]
    public async Task Signals_before_an_action_begins_run_it_once()
    {
        var runs = 0;
        using var go = new ManualResetEventSlim();
        using var began = new SemaphoreSlim(0);
        var signal = new CoalescedSignal(() =>
        {
            began.Release();
            go.Wait(Waits.Limit);
            Interlocked.Increment(ref runs);
        });
        signal.Set();
        Assert.True(await began.WaitAsync(Waits.Limit));
        signal.Set();
        go.Set();
        await Waits.UntilAsync(() => Volatile.Read(ref runs) == 2, "the signal during the run ran it again");
    }
}
