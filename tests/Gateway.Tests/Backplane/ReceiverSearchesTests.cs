using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Backplane.Redis.Messaging;

namespace Serverless.Gateway.Tests.Backplane;

public sealed class ReceiverSearchesTests
{
    private readonly ReceiverSearches _searches = new();
    private long _last;

    [Theory]
    [InlineData("e2 d1 d1", true)]
    [InlineData("d1 e2 d1", true)]
    [InlineData("d1 d1 e2", true)]
    [InlineData("e0", true)]
    [InlineData("e2 d1", false)]
    [InlineData("d1 e2", false)]
    [InlineData("d1 d1", false)]
    public void One_ends_when_all_who_got_it_have_denied_in_whatever_order_that_is_known(string events, bool isEnded)
    {
        var number = Begin();
        Assert.Equal(isEnded, Play(events, number) is not null);
    }

    [Fact]
    public void The_greatest_of_the_reasons_counts_and_excluded_ones_are_not_kept()
    {
        _searches.Begin(1, new(default, Target.All(["a"]), 1, "m", 7));
        var ended = Play("e3 d1 d5 d2", 1);
        Assert.Equal((5, "m", 7), (ended?.Reason, ended?.Method, ended?.TracingId));
        Assert.Empty(ended!.Value.Target.Excluded);
    }

    [Fact]
    public void One_ends_once_and_does_not_end_another()
    {
        var one = Begin();
        var other = Begin();
        Assert.NotNull(Play("e1 d1", one));
        Assert.Null(Play("d1 e0", one));
        Assert.NotNull(Play("e1 d1", other));
    }

    [Fact]
    public void The_latest_have_room_and_older_ones_give_way()
    {
        var first = Begin();
        var second = Begin();
        for (var i = 0; i < 4095; i++)
        {
            Begin();
        }

        Assert.Null(Play("e1 d1", first));
        Assert.NotNull(Play("e1 d1", second));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        Search();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Search();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Search()
        {
            var number = Begin();
            _searches.Expect(number, 2, out _);
            _searches.Deny(number, 1, out _);
        }
    }

    private long Begin()
    {
        _searches.Begin(++_last, new(default, Target.User("u"), 1, null, 0));
        return _last;
    }

    // e2: two nodes have got it; d1: one denies for the reason 1.
    private ReceiverSearch? Play(string events, long number)
    {
        ReceiverSearch? ended = null;
        foreach (var one in events.Split(' '))
        {
            var value = one[1] - '0';
            if (one[0] == 'e' ? _searches.Expect(number, value, out var search) : _searches.Deny(number, value, out search))
            {
                Assert.Null(ended);
                ended = search;
            }
        }

        return ended;
    }
}
