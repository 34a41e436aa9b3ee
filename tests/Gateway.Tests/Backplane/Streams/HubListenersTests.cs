using Serverless.Gateway.Backplane.Redis.Streams;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Backplane.Streams;

public sealed class HubListenersTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    private readonly FakeTime _time = new();
    private readonly HubListeners _listeners;

    public HubListenersTests() => _listeners = new HubListeners(Timeout, _time);

    [Fact]
    public void Nobody_knows_before_one_was_woken_and_while_it_cannot_be_told()
    {
        Assert.False(_listeners.AreComplete);
        _listeners.Note(0);
        Assert.True(_listeners.AreComplete);
        _listeners.Note(null);
        Assert.False(_listeners.AreComplete);
        _listeners.Note(2);
        Assert.True(_listeners.AreComplete);
    }

    [Fact]
    public void One_that_is_missing_is_waited_for_until_it_is_given_up()
    {
        _listeners.Note(3);
        _listeners.Note(2);
        Assert.False(_listeners.AreComplete);
        _listeners.Note(3);
        Assert.True(_listeners.AreComplete);
        _time.Advance(Timeout * 0.9);
        _listeners.Note(2);
        Assert.False(_listeners.AreComplete);
        _time.Advance(Timeout * 0.2);
        _listeners.Note(2);
        Assert.True(_listeners.AreComplete);
    }

    [Fact]
    public void One_that_leaves_in_order_is_not_missed()
    {
        _listeners.Note(3);
        _listeners.Leave();
        _listeners.Note(2);
        Assert.True(_listeners.AreComplete);
        _listeners.Note(1);
        _listeners.Leave();
        Assert.True(_listeners.AreComplete);
    }

    [Fact]
    public void A_node_that_was_away_itself_waits_anew_for_the_others()
    {
        _listeners.Note(3);
        _time.Advance(Timeout * 2);
        _listeners.Resume();
        _listeners.Note(1);
        Assert.False(_listeners.AreComplete);
    }
}
